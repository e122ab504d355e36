"""Consent: what the app asks for in plain words, with the values it would see."""

from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.foundation.errors import PageRefused
from hibana_op.foundation.events import ConsentDenied, ConsentGranted
from hibana_op.oauth import authorize
from hibana_op.oauth.authorization_checks import AuthorizationRequest
from hibana_op.oauth.response_modes import Answer
from hibana_op.pages import apps, steps
from hibana_op.records import consents, interactions, users
from hibana_op.records.consents import ACCOUNT
from hibana_op.records.interactions import Interaction
from hibana_op.records.sessions import Session
from hibana_op.records.users import User
from hibana_op.storage.database import Session as Db
from hibana_op.web.browser import host_of
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

WORDED = ("openid", "profile", "email", "address", "phone", "offline_access", "tenant", "roles")
# What `hibana dev` adds; elsewhere a scope of this name may mean something else.
WORDED_IN_DEV = (*WORDED, "employee")


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """One thing that is asked for."""

    title: str
    detail: str | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class ResourceRows:
    """What is asked for at one API."""

    name: str
    scopes: list[ScopeRow]


async def consent(visit: Visit) -> Response:
    """Shows what is asked, and takes the decision."""
    progress = await steps.get(visit)
    session = visit.session
    if session is None:
        return see_other(steps.step_url(visit, "/login", progress))
    request = await authorize.read(visit.site.op, steps.form_of(progress))
    if isinstance(request, Answer):
        return steps.send(visit, request)
    if visit.method == "GET":
        return await _page(visit, progress, request, session)
    visit.require_own_form()
    decision = visit.form.maybe("decision")
    if decision == "allow":
        await _allow(visit, progress, request, session)
        return await steps.finish_login(visit, progress)
    if decision == "deny":
        return await _deny(visit, progress, request, session)
    raise PageRefused("request_invalid", detail="decision must be allow or deny")


async def _allow(visit: Visit, progress: Interaction, request: AuthorizationRequest, session: Session) -> None:
    op = visit.site.op
    client_id = request.client.client_id

    async def write(tx: Db) -> None:
        now = op.now()
        if not await interactions.note_consented(tx, progress.id, session_id=session.id, now=now):
            raise PageRefused("interaction_expired")
        before = await consents.of(tx, session.user_id, client_id)
        for resource, scopes in authorize.split_by_resource(request):
            identifier = resource.identifier if resource else ACCOUNT
            both = scopes | before.get(identifier, frozenset())
            await consents.put(tx, session.user_id, client_id, resource=identifier, scopes=both, now=now)
        event = ConsentGranted(
            user_id=session.user_id,
            client_id=client_id,
            target_id=client_id,
            scopes=authorize.asked_scopes(request),
            resources=tuple(each.identifier for each in request.target.resources),
        )
        await op.emit(tx, event, visit.origin)

    await op.db.transact(write)


async def _deny(visit: Visit, progress: Interaction, request: AuthorizationRequest, session: Session) -> Response:
    op = visit.site.op

    async def write(tx: Db) -> None:
        if not await interactions.finish(tx, progress.id, now=op.now()):
            raise PageRefused("interaction_expired")
        event = ConsentDenied(
            user_id=session.user_id,
            client_id=request.client.client_id,
            target_id=request.client.client_id,
            scopes=authorize.asked_scopes(request),
        )
        await op.emit(tx, event, visit.origin)

    await op.db.transact(write)
    return steps.send(visit, authorize.deny(op, request))


async def _page(visit: Visit, progress: Interaction, request: AuthorizationRequest, session: Session) -> Response:
    op = visit.site.op
    user = await users.get(op.db, session.user_id)
    before = await consents.of(op.db, session.user_id, request.client.client_id)
    account_scopes = frozenset[str]()
    resources = []
    for resource, scopes in authorize.split_by_resource(request):
        known = before.get(resource.identifier if resource else ACCOUNT)
        if resource is None:
            account_scopes = scopes
            continue
        rows = [ScopeRow(resource.describe(scope), None, known is not None and scope not in known) for scope in scopes]
        resources.append(ResourceRows(resource.name, rows))
    return visit.page(
        "consent.html",
        current_url=steps.step_url(visit, "/consent", progress),
        form_action=steps.form_targets(progress),
        app=apps.shown(request.client, visit.language),
        account={"name": user.name, "email": user.email},
        switch_url=steps.step_url(visit, "/login/accounts", progress),
        scopes=_rows(visit, authorize.asked_scopes(request), account_scopes, user, before.get(ACCOUNT)),
        resources=resources,
        redirect_host=host_of(request.back.redirect_uri),
        csrf=visit.csrf,
        interaction=progress.id,
    )


def _rows(
    visit: Visit, ordered: tuple[str, ...], shown: frozenset[str], user: User, known: frozenset[str] | None
) -> list[ScopeRow]:
    rows = []
    for scope in ordered:
        if scope in shown:
            is_new = known is not None and scope not in known
            rows.append(ScopeRow(_title(visit, scope), _detail(visit, scope, user), is_new))
    return rows


def _title(visit: Visit, scope: str) -> str:
    if is_worded(visit, scope):
        return say(visit.language, f"scope.{scope}.title")
    return say(visit.language, "scope.other.title", scope=scope)


def is_worded(visit: Visit, scope: str) -> bool:
    """Whether pages say in plain words what a scope of the account gives."""
    return scope in (WORDED_IN_DEV if visit.site.op.settings.mode == "dev" else WORDED)


def _detail(visit: Visit, scope: str, user: User) -> str | None:
    """The person's own value where there is one to show."""
    values = {
        "profile": user.name_in(visit.language) or user.preferred_username,
        "email": user.email,
        "phone": user.phone_number,
        "address": (user.address or {}).get("formatted"),
    }
    if values.get(scope):
        return values[scope]
    return say(visit.language, f"scope.{scope}.detail") if is_worded(visit, scope) else None
