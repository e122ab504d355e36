"""Ways to sign in that were chosen, and that nobody can take because something for them is missing."""

from collections.abc import Sequence

from hibana_op.records import tenant_settings
from hibana_op.records.row import as_record
from hibana_op.records.tenants import Tenant
from hibana_op.storage.database import Session

_NO_MAIL = "email needs a mail server, and none is set"
_NO_PROVIDER = "provider needs another provider, and there is none"


async def of_everybody(db: Session, *, has_mail: bool) -> dict[str, str]:
    """Each tenant that chose such a way, by its slug, and what is missing; `system` is the whole deployment."""
    rows = await db.all("SELECT * FROM tenants WHERE status = 'active' ORDER BY slug")
    has_provider = await db.one("SELECT id FROM identity_providers WHERE enabled LIMIT 1") is not None
    found = {}
    for tenant in [as_record(Tenant, row) for row in rows]:
        chosen = tenant_settings.read(tenant.settings).sign_in.methods
        if chosen and (missing := _missing(chosen, has_mail=has_mail, has_provider=has_provider)):
            found[tenant.slug] = missing
    return found


def _missing(chosen: Sequence[str], *, has_mail: bool, has_provider: bool) -> str:
    unmet = {"email": "" if has_mail else _NO_MAIL, "provider": "" if has_provider else _NO_PROVIDER}
    reasons = [unmet[method] for method in chosen if unmet.get(method)]
    left = [method for method in chosen if not unmet.get(method)]
    if reasons and not {"password", "email", "provider"} & set(left):
        reasons.append("people without a passkey cannot sign in")
    return "; ".join(reasons)
