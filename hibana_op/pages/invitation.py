"""`/invite/{token}`: who is invited where, and the ways to take it up; other invitations make an account alone."""

from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused, PageRefused
from hibana_op.foundation.secrets import digest
from hibana_op.login import first_proof, new_password, policy
from hibana_op.pages import join, positions, sign_in, signup, steps
from hibana_op.records import interactions, invitations, tenants, users
from hibana_op.records import positions as positions_of
from hibana_op.records.factors import Factor
from hibana_op.records.invitations import Invitation
from hibana_op.records.memberships import Membership
from hibana_op.records.sessions import Session
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User, login_key
from hibana_op.storage.database import Session as Db
from hibana_op.tenancy import accepting, membership
from hibana_op.web import looks
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit

JOINED = f"{join.ORGANIZATIONS}?done=joined"


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
    found = await visit.site.op.db.glance(lambda tx: find(visit, tx, visit.path.rpartition("/")[2]))
    if found is None:
        return await signup.invitation(visit)
    if visit.method == "GET":
        return await _page(visit, found)
    visit.require_own_form()
    try:
        return await _decide(visit, found)
    except LoginRefused as refusal:
        return await _page(visit, found, refusal=refusal)


async def find(visit: Visit, tx: Db, token: str) -> Invited | None:
    """The invitation to a tenant that a token stands for; None where it is none to a tenant."""
    op, now = visit.site.op, visit.site.op.now()
    found = await invitations.find_by_token(tx, digest(token))
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
    op, invited = visit.site.op, found.invitation
    name = signup.read_name(visit.form.maybe("name"))
    first = await first_proof.by_password(
        op, visit.form.maybe("password") or "", about=(invited.email, name or ""), tenant_id=found.tenant.id
    )
    user, member = await accepting.accept_as_newcomer(
        op, invited, name=name, language=visit.language, first=first, origin=visit.origin
    )
    progress = await steps.begin_without_app(visit, return_path=JOINED)
    factor = Factor(method="password", proves=("password",), amr=("pwd",), proven_at=op.now())
    response = await sign_in.proven(visit, progress, user, factor, remember=False)
    await enter(visit, user, member)
    return response


async def enter(visit: Visit, user: User, member: Membership) -> None:
    """Into the tenant that somebody has just joined, where they are signed in with it."""
    if visit.session is not None and visit.session.user_id == user.id:
        await membership.enter(visit.site.op, user.id, member.id, session_id=visit.session.id)


async def _page(visit: Visit, found: Invited, *, refusal: LoginRefused | None = None) -> Response:
    inviter = found.inviter
    demanded = await policy.of_newcomer(visit.site.op.db, found.tenant.id)
    visit.look = await looks.of_tenant(visit.site.op, found.tenant.id)
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
        proof=visit.path.rpartition("/")[2],
        may_use_passkeys=policy.PASSKEY in demanded.methods,
        may_use_password=policy.PASSWORD in demanded.methods,
        shortest=await new_password.shortest_first(visit.site.op, tenant_id=found.tenant.id),
        error=signup.words_of(visit, refusal),
    )
