"""`/invite/{token}`: who is invited where, and the ways to take it up; other invitations make an account alone."""

from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.foundation.errors import InvalidRecord, LoginRefused, PageRefused
from hibana_op.foundation.secrets import digest
from hibana_op.login import new_password, profile
from hibana_op.pages import join, positions, sign_in, signup, steps
from hibana_op.records import interactions, invitations, tenants, users
from hibana_op.records import positions as positions_of
from hibana_op.records.factors import Factor
from hibana_op.records.invitations import Invitation
from hibana_op.records.sessions import Session
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User, login_key
from hibana_op.storage.database import Session as Db
from hibana_op.tenancy import accepting, membership
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation that counts, and who looks at it.

    `session`: the one in this browser of whom it is for; `mode`: what they can do: accept, confirm their address
    first, sign_in, or make an account (newcomer).
    """

    invitation: Invitation
    tenant: Tenant
    inviter: User | None
    mode: str
    session: Session | None
    current: User | None


async def open_invitation(visit: Visit) -> Response:
    """Shows an invitation, and takes it up."""
    found = await visit.site.op.db.glance(lambda tx: _find(visit, tx))
    if found is None:
        return await signup.invitation(visit)
    if visit.method == "GET":
        return await _page(visit, found)
    visit.require_own_form()
    try:
        return await _decide(visit, found)
    except LoginRefused as refusal:
        return await _page(visit, found, refusal=refusal)


async def _find(visit: Visit, tx: Db) -> Invited | None:
    op, now = visit.site.op, visit.site.op.now()
    found = await invitations.find_by_token(tx, digest(visit.path.rpartition("/")[2]))
    if found is None:
        return None
    tenant = await tenants.find(tx, found.tenant_id)
    state = found.state(now)
    if state == "expired":
        raise PageRefused("invitation_expired")
    if tenant is None or state != "pending":
        raise PageRefused("invitation_spent", back=visit.site.url(join.ORGANIZATIONS))
    inviter = await users.find(tx, found.invited_by) if found.invited_by is not None else None
    people = [(each, user) for each, _ in visit.sessions if (user := await users.find(tx, each.user_id))]
    session = next((each for each, user in people if login_key(user.email) == found.email_key), None)
    current = people[0][1] if people else None
    account = await users.find_by_login(tx, found.email)
    if account is None:
        mode = "sign_in" if op.settings.signup == "off" else "newcomer"
    elif session is None:
        mode = "sign_in"
    else:
        mode = "accept" if account.email_verified else "confirm"
    return Invited(found, tenant, inviter, mode, session, current)


async def _decide(visit: Visit, found: Invited) -> Response:
    decision = visit.form.maybe("decision")
    if decision == "sign_in":
        return await _sign_in(visit, found)
    if decision == "cancel":
        return see_other(visit.site.url("/account" if visit.sessions else "/"))
    if found.mode == "newcomer":
        return await _make_account(visit, found)
    if decision != "join" or found.mode != "accept" or found.session is None:
        raise PageRefused("request_invalid", detail="decision must be join, sign_in or cancel")
    session = visit.choose(found.session.id) or found.session
    member = await accepting.accept(visit.site.op, session.user_id, found.invitation.id, origin=visit.origin)
    return await join.enter(visit, session, None, member)


async def _sign_in(visit: Visit, found: Invited) -> Response:
    """To the sign-in, for the invited address; the invitation waits in the account pages of whoever has it."""
    op, email = visit.site.op, found.invitation.email
    detour = await steps.begin_without_app(visit, return_path=join.ORGANIZATIONS)
    await op.db.transact(lambda tx: interactions.name_person(tx, detour.id, identifier=email, now=op.now()))
    return see_other(steps.step_url(visit, "/login", detour))


async def _make_account(visit: Visit, found: Invited) -> Response:
    op = visit.site.op
    user, member = await accepting.accept_as_newcomer(
        op,
        found.invitation,
        name=_name(visit),
        language=visit.language,
        password=visit.form.maybe("password") or "",
        origin=visit.origin,
    )
    progress = await steps.begin_without_app(visit, return_path=f"{join.ORGANIZATIONS}?done=joined")
    factor = Factor(method="password", proves=("password",), amr=("pwd",), proven_at=op.now())
    response = await sign_in.proven(visit, progress, user, factor, remember=False)
    if visit.session is not None and visit.session.user_id == user.id:
        await membership.enter(op, user.id, member.id, session_id=visit.session.id)
    return response


def _name(visit: Visit) -> str | None:
    name = (visit.form.maybe("name") or "").strip()
    try:
        profile.read_claims({"name": name} if name else {})
    except InvalidRecord:
        raise LoginRefused("invalid_name") from None
    return name or None


async def _page(visit: Visit, found: Invited, *, refusal: LoginRefused | None = None) -> Response:
    inviter = found.inviter
    return visit.page(
        "invite.html",
        status=signup.status_of(refusal),
        current_url=visit.path,
        csrf=visit.csrf,
        action=visit.path,
        tenant=found.tenant,
        invitation=found.invitation,
        inviter=(inviter.name_in(visit.language) or inviter.email) if inviter else None,
        standing=positions.told(visit.language, await positions_of.offered(visit.site.op.db, found.invitation)),
        mode=found.mode,
        current=found.current,
        full_name=visit.form.maybe("name") or "",
        shortest=await new_password.shortest_first(visit.site.op, tenant_id=found.tenant.id),
        error=signup.words_of(visit, refusal),
    )
