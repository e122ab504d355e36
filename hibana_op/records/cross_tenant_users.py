"""People in every tenant that they belong to, for the service provider's staff."""

from dataclasses import dataclass

from hibana_op.records.tenants import containing
from hibana_op.storage.database import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantUser:
    """A person in one tenant; `roles`: the names of what they were given there, beside what they are in it."""

    user_id: str
    email: str
    name: str | None
    status: str
    last_login_at: int | None
    created_at: int
    tenant_id: str
    tenant_name: str
    membership_id: str
    membership_role: str
    membership_status: str
    roles: tuple[str, ...]


_NAMED = "(LOWER(email) LIKE :pattern ESCAPE '\\' OR LOWER(name) LIKE :pattern ESCAPE '\\')"


async def page(
    db: Session,
    *,
    q: str = "",
    tenant_id: str = "",
    status: str = "",
    role: str = "",
    after: str = "",
    limit: int = 50,
) -> list[TenantUser]:
    """A page in the order in which people joined, after a membership's id.

    `q`: part of an address or a name. `status` is the membership's; those who left only when they are asked for.
    `role`: what they are in the tenant, or a role that they were given there.
    """
    # What is not asked for is left out, so that the indexes serve for what is.
    narrower = "AND membership_status = :status " if status else "AND membership_status <> 'left' "
    narrower += "AND tenant_id = :tenant_id " if tenant_id else ""
    narrower += "AND (membership_role = :role OR role_name = :role) " if role else ""
    narrower += f"AND {_NAMED} " if q else ""
    rows = await db.all(
        f"""
        SELECT DISTINCT user_id, email, name, status, last_login_at, created_at, tenant_id, tenant_name, membership_id,
          membership_role, membership_status
        FROM cross_tenant_users
        WHERE membership_id > :after {narrower}
        ORDER BY membership_id LIMIT :limit""",  # noqa: S608 - the text stands in the code
        after=after,
        tenant_id=tenant_id,
        status=status,
        role=role,
        q=q,
        pattern=containing(q),
        limit=limit,
    )
    if not rows:
        return []
    ids = {f"id_{number}": row["membership_id"] for number, row in enumerate(rows)}
    these = ", ".join(f":{name}" for name in ids)
    given = await db.all(
        f"""
        SELECT DISTINCT membership_id, role_name FROM cross_tenant_users
        WHERE membership_id IN ({these}) AND role_name IS NOT NULL
        ORDER BY membership_id, role_name""",  # noqa: S608 - the text stands in the code
        **ids,
    )
    names: dict[str, list[str]] = {}
    for each in given:
        names.setdefault(each["membership_id"], []).append(each["role_name"])
    return [TenantUser(**row, roles=tuple(names.get(row["membership_id"], ()))) for row in rows]
