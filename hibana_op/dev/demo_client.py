"""How the demo app is registered, and the secret it shares with the provider."""

from hibana_op.foundation import secrets
from hibana_op.provider import Provider, sealed_name
from hibana_op.records import deployment_secrets
from hibana_op.records.clients import Client

CLIENT_ID = "hibana-demo"
PATH = "/dev/demo"
CALLBACK_PATH = "/dev/demo/callback"
SCOPES = ("openid", "profile", "email", "address", "phone", "tenant", "roles", "employee")
_SECRET = "demo app"  # noqa: S105 - the name under which the secret is kept


def registration(issuer: str, secret_hash: str, *, now: int) -> Client:
    """The demo app as a confidential client."""
    return Client(
        client_id=CLIENT_ID,
        client_secret_hash=secret_hash,
        client_name="Demo app",
        localized={"client_name#ja": "デモアプリ"},
        client_uri=f"{issuer}{PATH}",
        redirect_uris=(f"{issuer}{CALLBACK_PATH}",),
        post_logout_redirect_uris=(f"{issuer}{PATH}",),
        grant_types=("authorization_code", "refresh_token"),
        scope=" ".join((*SCOPES, "offline_access")),
        created_at=now,
        updated_at=now,
    )


async def secret(op: Provider) -> str:
    """The demo app's secret; made once, and sealed like every secret of the deployment."""
    sealed = await deployment_secrets.find(op.db, _SECRET)
    if sealed is None:
        fresh = op.vault.seal(secrets.token().encode(), sealed_name(_SECRET))
        await deployment_secrets.insert_once(op.db, _SECRET, sealed=fresh, now=op.now())
        sealed = await deployment_secrets.find(op.db, _SECRET)
    if sealed is None:
        raise RuntimeError("the secret of the demo app could not be kept")
    return op.vault.open(sealed, sealed_name(_SECRET)).decode()


async def secret_hash(op: Provider) -> str:
    """What the provider keeps of the secret."""
    return secrets.digest(await secret(op))
