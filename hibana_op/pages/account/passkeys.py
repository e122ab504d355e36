"""Passkeys in the account pages: what there is, one more, another name, one less."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.foundation import base64url
from hibana_op.foundation.errors import LoginRefused, PageRefused
from hibana_op.login.passkeys import keeping, providers, relying_party
from hibana_op.pages import passkey_offer, steps
from hibana_op.pages.account.person import Me, account_page, for_person_freshly
from hibana_op.pages.passkeys import told
from hibana_op.provider import Provider
from hibana_op.records import passkeys
from hibana_op.records.passkeys import Passkey
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

PATH = "/account/passkeys"


@dataclass(frozen=True, slots=True)
class Shown:
    """A passkey as its owner sees it."""

    id: str
    name: str
    provider: str | None
    is_synced: bool
    is_security_key: bool
    created_at: int
    last_used_at: int | None


def _shown(passkey: Passkey) -> Shown:
    provider = providers.name_of(passkey.aaguid)
    return Shown(
        id=passkey.id,
        name=passkey.name,
        provider=provider if provider != passkey.name else None,
        is_synced=passkey.backed_up,
        is_security_key=providers.is_security_key(passkey.transports),
        created_at=passkey.created_at,
        last_used_at=passkey.last_used_at,
    )


async def block(op: Provider, me: Me) -> Mapping[str, object]:
    """What the page about security says of passkeys, and what it tells the browser of them (WebAuthn §5.1.10)."""
    own = await passkeys.of_user(op.db, me.user.id)
    return {
        "passkeys": [_shown(passkey) for passkey in own],
        "passkey_signal": {
            "rpId": relying_party.of(op).id,
            "userId": base64url.encode(relying_party.handle_of(me.user.id)),
            "allAcceptedCredentialIds": [passkey.credential_id for passkey in own],
            "name": me.user.email,
            "displayName": me.user.name or me.user.email,
        },
    }


@for_person_freshly
async def options(visit: Visit, me: Me) -> Response:
    """Begins adding a passkey: what the browser asks an authenticator for.

    `conditional`: the browser is to make one without asking, right after the password that it has just filled in.
    """
    visit.require_own_form()
    from hibana_op.login.passkeys import adding  # noqa: PLC0415 -- loaded at the first use

    right_after = await _right_after(visit) if visit.document.get("conditional") is True else None
    return told(await adding.options(visit.site.op, me.user, browser_hash=visit.browser_hash, right_after=right_after))


async def _right_after(visit: Visit) -> str:
    interaction_id = visit.document.get("interaction")
    progress = await steps.resume(visit, interaction_id if isinstance(interaction_id, str) else "")
    if not await passkey_offer.may_be_silent(visit, progress):
        raise LoginRefused("passkey_refused")
    return progress.id


@for_person_freshly
async def add(visit: Visit, me: Me) -> Response:
    """Takes the passkey that an authenticator made, and says where to name it."""
    from hibana_op.login.passkeys import adding  # noqa: PLC0415 -- loaded at the first use

    visit.require_own_form()
    added = await adding.finish(
        visit.site.op,
        me.user,
        visit.document,
        browser_hash=visit.browser_hash,
        unnamed=say(visit.language, "passkeys.unnamed"),
        origin=visit.origin,
    )
    return told({"next": f"{visit.site.url(PATH)}/{added.id}?done=passkey_added"})


@for_person_freshly
async def one(visit: Visit, me: Me) -> Response:
    """Shows one passkey, to call it something else or to remove it."""
    passkey = await passkeys.find_of_user(visit.site.op.db, me.user.id, visit.path.rpartition("/")[2])
    if passkey is None:
        raise PageRefused("not_found", status=404)
    if visit.method == "GET":
        return await _page(visit, me, passkey, name=passkey.name)
    visit.require_own_form()
    name = visit.form.maybe("name") or ""
    try:
        if visit.form.maybe("decision") == "remove":
            await keeping.remove(visit.site.op, me.user, passkey, visit.origin)
            return see_other(visit.site.url("/account/security") + "?done=passkey_removed")
        await keeping.rename(visit.site.op, me.user, passkey, name, visit.origin)
    except LoginRefused as refusal:
        return await _page(visit, me, passkey, name=name or passkey.name, refusal=refusal)
    return see_other(visit.site.url("/account/security") + "?done=passkey_renamed")


async def _page(visit: Visit, me: Me, passkey: Passkey, *, name: str, refusal: LoginRefused | None = None) -> Response:
    return await account_page(
        visit,
        me,
        "passkey.html",
        section="security",
        status=400 if refusal else 200,
        passkey=_shown(passkey),
        called=name,
        longest=keeping.LONGEST_NAME,
        error=say(visit.language, f"refused.{refusal.reason}", **refusal.values) if refusal else None,
    )
