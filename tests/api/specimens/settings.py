"""`/settings`."""

from typing import Any

from tests.api.specimens import Side, Specimen


def chosen(side: Side) -> dict[str, Any]:
    """A choice."""
    return {"passwords": {"min_length": 12}}


SPECIMENS = {
    ("GET", "/settings"): Specimen(of_tenant=False),
    ("PUT", "/settings"): Specimen(of_tenant=False, body=chosen),
}
