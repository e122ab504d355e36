"""Signing in with a passkey: the two addresses that the script of the sign-in pages calls."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from hibana_op.foundation.errors import LoginRefused
from hibana_op.oauth.call import NO_STORE
from hibana_op.pages import sign_in as core
from hibana_op.pages import steps
from hibana_op.records.interactions import Interaction
from hibana_op.web.visit import Visit


def told(document: Mapping[str, Any]) -> Response:
    """An answer for a script."""
    return JSONResponse(dict(document), headers=dict(NO_STORE))


async def options(visit: Visit) -> Response:
    """Begins signing in with a passkey: what the browser asks its authenticators for.

    `more`: the person is known, and shows a passkey of their own beside what they have proven.
    """
    from hibana_op.login.passkeys import signing_in  # noqa: PLC0415 -- loaded at the first use

    visit.require_own_form()
    interaction_id = visit.document.get("interaction")
    progress = await steps.resume(visit, interaction_id) if isinstance(interaction_id, str) else None
    chosen = await signing_in.options(
        visit.site.op,
        browser_hash=visit.browser_hash,
        interaction_id=progress.id if progress else None,
        user_id=_asked(visit, progress),
    )
    return told(chosen)


def _asked(visit: Visit, progress: Interaction | None) -> str | None:
    if progress is None or visit.document.get("more") is not True:
        return None
    return core.asked_of(visit, progress)


async def sign_in(visit: Visit) -> Response:
    """Takes the answer of an authenticator, and says where the page goes on."""
    from hibana_op.login.passkeys import signing_in  # noqa: PLC0415 -- loaded at the first use

    visit.require_own_form()
    try:
        done = await signing_in.finish(
            visit.site.op, visit.document, browser_hash=visit.browser_hash, origin=visit.origin
        )
    except LoginRefused:
        visit.site.metrics.sign_in("failure")
        raise
    if done.interaction_id is not None:
        progress = await steps.resume(visit, done.interaction_id)
    else:
        progress = await steps.begin_without_app(visit)
    return told({"next": await core.settle(visit, progress, done.user, done.factor)})
