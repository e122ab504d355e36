"""`/claims`, of the whole deployment."""

from typing import Any

from tests.api.specimens import Side, Specimen


def question(side: Side) -> dict[str, Any]:
    """What the tenant's app would be told of a member."""
    return {
        "user_id": side.ids["member"],
        "client_id": side.ids["client"],
        "scope": "openid email",
        "tenant": side.canary.lower(),
    }


SPECIMENS = {("POST", "/claims/preview"): Specimen(of_tenant=False, body=question)}
