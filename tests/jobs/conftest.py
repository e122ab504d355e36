"""Background work, on both engines."""

from tests.flows.conftest import authority, deployment

__all__ = ["authority", "deployment"]
