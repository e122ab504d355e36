"""Name and password for a directory (LDAP), asked for on a page of ours: to sign in, or to link an account."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from hibana_op.foundation.errors import LoginRefused
from hibana_op.login.federation import directory_sign_in
from hibana_op.login.federation.shapes import Account, Upstream
from hibana_op.login.shapes import Attempt
from hibana_op.pages import apps, steps
from hibana_op.records.interactions import Interaction
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

AskAgain = Callable[[str, LoginRefused | None], Awaitable[Response]]


async def prove(visit: Visit, upstream: Upstream, name: str, ask: AskAgain) -> Account | Response:
    """The account whose name and password came with a form; the page that asks for them until they are right."""
    if visit.method == "GET":
        return await ask(name, None)
    visit.require_own_form()
    name, password = (visit.form.maybe("username") or "").strip(), visit.form.maybe("password") or ""
    attempt = Attempt(identifier=name, answer=password, origin=visit.origin, browser_hash=visit.browser_hash)
    try:
        if not name or not password:
            raise LoginRefused("missing_password" if name else "missing_username")  # noqa: TRY301 -- one place answers
        return await directory_sign_in.prove(visit.site.op, upstream, attempt)
    except LoginRefused as refusal:
        visit.site.metrics.sign_in("failure")
        return await ask(name, refusal)


def status_of(refusal: LoginRefused | None) -> int:
    """How a page that asks again answers."""
    if refusal is None:
        return 200
    return 429 if refusal.reason == "too_many_attempts" else 400


def words_of(visit: Visit, refusal: LoginRefused | None) -> str | None:
    """What a page that asks again says first."""
    return say(visit.language, f"refused.{refusal.reason}", **refusal.values) if refusal else None


async def to_sign_in(visit: Visit, upstream: Upstream, progress: Interaction, back: str) -> Account | Response:
    """Asks somebody who is signing in."""

    async def ask(name: str, refusal: LoginRefused | None) -> Response:
        return visit.page(
            "directory.html",
            status=status_of(refusal),
            current_url=steps.step_url(visit, f"/federation/{upstream.slug}/start", progress),
            form_action=steps.form_targets(progress),
            app=await apps.of_interaction(visit, progress),
            csrf=visit.csrf,
            interaction=progress.id,
            provider=upstream.name,
            slug=upstream.slug,
            username=name,
            error=words_of(visit, refusal),
            back=back,
        )

    return await prove(visit, upstream, progress.identifier or "", ask)
