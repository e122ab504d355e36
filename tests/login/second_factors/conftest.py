"""Second factors, on both engines, with mail and SMS that wait in the outbox."""

from tests.second_factors import deployment

__all__ = ["deployment"]
