"""Account pages, on both engines."""

from tests.flows.conftest import deployment

__all__ = ["deployment"]
