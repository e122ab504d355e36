"""Accounts that begin with a passkey: the two addresses that the script of the pages for newcomers calls."""

from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused
from hibana_op.login import links, policy, sign_up
from hibana_op.login.policy import Policy
from hibana_op.pages import invitation, sign_in, signup, steps
from hibana_op.pages.invitation import Invited
from hibana_op.pages.passkeys import told
from hibana_op.records.factors import Factor
from hibana_op.records.passkeys import Passkey
from hibana_op.records.verification_tokens import VerificationToken
from hibana_op.tenancy import accepting
from hibana_op.web.visit import Visit
from hibana_op.web.words import say


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who holds a link that makes an account, or an invitation to a tenant, and what is demanded of them."""

    by: VerificationToken | Invited
    email: str
    name: str | None
    demanded: Policy


async def options(visit: Visit) -> Response:
    """Begins making the passkey of a new account: what the browser asks an authenticator for."""
    from hibana_op.login.passkeys import beginning  # noqa: PLC0415 -- loaded at the first use

    visit.require_own_form()
    who = await _who(visit)
    asked = await beginning.options(
        visit.site.op, email=who.email, name=who.name, demanded=who.demanded, browser_hash=visit.browser_hash
    )
    return told(asked)


async def begin(visit: Visit) -> Response:
    """Makes the account with the passkey that an authenticator made, and says where the page goes on."""
    from hibana_op.login.passkeys import beginning, signing_in  # noqa: PLC0415 -- loaded at the first use

    visit.require_own_form()
    who = await _who(visit)
    passkey = await beginning.finish(
        visit.site.op,
        {name: value for name, value in visit.document.items() if name not in ("proof", "name")},
        demanded=who.demanded,
        browser_hash=visit.browser_hash,
        unnamed=say(visit.language, "passkeys.unnamed"),
    )
    factor = signing_in.factor(is_synced=passkey.backup_eligible, is_verified=True, now=visit.site.op.now())
    if isinstance(who.by, Invited):
        return await _join(visit, who, who.by, passkey, factor)
    progress = await signup.interaction_of(visit, who.by)
    user = await sign_up.complete(visit.site.op, who.by, name=who.name, first=passkey, origin=visit.origin)
    progress = progress or await steps.begin_without_app(visit, return_path="/account")
    return told({"next": await sign_in.settle(visit, progress, user, factor)})


async def _join(visit: Visit, who: Newcomer, invited: Invited, passkey: Passkey, factor: Factor) -> Response:
    user, member = await accepting.accept_as_newcomer(
        visit.site.op,
        invited.invitation,
        name=who.name,
        language=visit.language,
        first=passkey,
        origin=visit.origin,
    )
    progress = await steps.begin_without_app(visit, return_path=invitation.JOINED)
    onward = await sign_in.settle(visit, progress, user, factor)
    await invitation.enter(visit, user, member)
    return told({"next": onward})


async def _who(visit: Visit) -> Newcomer:
    """The newcomer whose link or invitation the page was opened with."""
    proof, typed = visit.document.get("proof"), visit.document.get("name")
    token = proof if isinstance(proof, str) else ""
    name = signup.read_name(typed if isinstance(typed, str) else None)
    op = visit.site.op
    invited = await op.db.glance(lambda tx: invitation.find(visit, tx, token))
    if invited is not None:
        if invited.mode != "newcomer":
            raise LoginRefused("invitation_over")
        demanded = await policy.of_newcomer(op.db, invited.tenant.id)
        who = Newcomer(invited, invited.invitation.email, name, demanded)
    else:
        link = await signup.find_link(visit, token, links.VERIFY_EMAIL, links.INVITE)
        is_closed = link.purpose == links.INVITE and op.settings.signup == "off"
        if link.user_id is not None or is_closed:
            raise LoginRefused("invitation_over")
        demanded = await signup.demanded_of(visit, await signup.interaction_of(visit, link))
        who = Newcomer(link, link.email, name, demanded)
    if policy.PASSKEY not in who.demanded.methods:
        raise LoginRefused("way_not_allowed")
    return who
