"""The row of a thing, locked from the moment that somebody looks at it until their change of it is done."""

from hibana_op.records.tenants import SYSTEM
from hibana_op.storage.database import Session

# By the name of the collection in the management API. For what is not here it is the row of the deployment.
_ROWS = {
    "api-keys": "api_keys WHERE id = :id",
    "branding-files": "branding_files WHERE id = :id",
    "client-grants": "client_grants WHERE id = :id",
    "clients": "oauth_clients WHERE client_id = :id",
    "groups": "groups WHERE id = :id",
    "identity-providers": "identity_providers WHERE id = :id",
    "invitations": "invitations WHERE id = :id",
    "ip-allowlists": "ip_allowlists WHERE id = :id",
    "memberships": "tenant_memberships WHERE id = :id",
    "permissions": "permission_scopes WHERE permission = :id",
    "resource-servers": "resource_servers WHERE id = :id OR identifier = :id",
    "role-assignments": "user_roles WHERE id = :id",
    "roles": "roles WHERE id = :id",
    "sessions": "sessions WHERE id = :id",
    "staff": "service_provider_auth WHERE id = :id",
    "tenant-domains": "tenant_domains WHERE id = :id",
    "tenants": "tenants WHERE id = :id",
    "units": "organization_units WHERE id = :id",
    "users": "users WHERE id = :id",
}
_DEPLOYMENT = f"tenants WHERE id = '{SYSTEM}'"


async def lock(tx: Session, engine: str, collection: str, thing_id: str) -> None:
    """Keep others from changing a thing before this transaction ends.

    On SQLite a transaction that writes is alone from its beginning. On PostgreSQL other rows may still come to refer
    to the thing meanwhile, so that nobody's sign-in waits for a change of their account.
    """
    if engine == "postgresql":
        row = _ROWS.get(collection, _DEPLOYMENT)
        await tx.all(f"SELECT 1 FROM {row} FOR NO KEY UPDATE", id=thing_id)  # noqa: S608 - names of the code
