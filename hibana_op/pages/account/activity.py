"""What happened with a person's account, in plain words."""

from dataclasses import dataclass

from starlette.responses import Response

from hibana_op.foundation.events import ImpersonationBegun, ImpersonationEnded, ImpersonationRequested, MemberJoined
from hibana_op.login import devices
from hibana_op.pages import apps
from hibana_op.pages.account.person import Me, account_page, for_person
from hibana_op.records import audit_log, tenants
from hibana_op.records.audit_log import AuditEntry
from hibana_op.records.tenants import SPECIAL
from hibana_op.web.visit import Visit
from hibana_op.web.words import catalogue, say

PATH = "/account/activity"
PAGE = 25
_EVENT = "account.event."
_AS_ANOTHER = (ImpersonationRequested.tag, ImpersonationBegun.tag, ImpersonationEnded.tag)
# What apps do behind the scenes: where their servers stand says nothing about the person.
_BEHIND = ("client:token:", "client:refresh_token:", "client:code:replayed", "client:logout:")


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that happened."""

    text: str
    app: str | None
    tenant: str | None
    is_failure: bool
    at: int
    place: tuple[str, ...]


@for_person
async def show(visit: Visit, me: Me) -> Response:
    """Lists what happened, the newest first, a page at a time."""
    before = visit.form.maybe("before") or ""
    from_seq = int(before) if before.isdecimal() and before.isascii() and len(before) < 16 else None
    found = await audit_log.page(visit.site.op.db, user_id=me.user.id, before=from_seq, limit=PAGE + 1)
    shown = found[:PAGE]
    rows = [await _row(visit, each, me.user.id) for each in shown]
    older = str(shown[-1].seq) if len(found) > PAGE else None
    return await account_page(
        visit, me, "activity.html", section="activity", rows=rows, older=older, is_first=from_seq is None
    )


async def _row(visit: Visit, entry: AuditEntry, reader: str) -> Row:
    client = await visit.site.op.remembered.client(entry.client_id) if entry.client_id else None
    tenant = await tenants.find(visit.site.op.db, entry.tenant_id) if entry.tenant_id else None
    return Row(
        text=_text(visit.language, entry, reader),
        app=apps.shown(client, visit.language).name if client else None,
        tenant=tenant.name if tenant and tenant.id not in SPECIAL else None,
        is_failure=entry.outcome == "failure",
        at=entry.created_at,
        place=_place(entry),
    )


def _place(entry: AuditEntry) -> tuple[str, ...]:
    """The device and the address that something was done from, as far as they are known."""
    if entry.action.startswith(_BEHIND):
        return ()
    device = devices.name_of(entry.user_agent)
    return (*([device] if device != devices.UNKNOWN else []), *([entry.ip_address] if entry.ip_address else []))


def _text(language: str, entry: AuditEntry, reader: str) -> str:
    """What happened, and how the person proved who they are where that is told."""
    words = catalogue(language)
    text = words.get(_EVENT + entry.action) or words[f"{_EVENT}other"]
    if entry.action == MemberJoined.tag and entry.resource_id != reader:
        text = words["account.activity.member_added"]
    if entry.action in _AS_ANOTHER:
        return _of_acting(language, entry, text, is_by_reader=entry.resource_id != reader)
    if entry.impersonator_reference is not None:  # it stays when whoever it was is erased
        text = say(language, "account.activity.by_administrator", text=text)
    methods = [words.get(f"account.method.{each}") for each in str(entry.metadata.get("method", "")).split("+")]
    named = " + ".join(each for each in methods if each)
    return say(language, "account.activity.by_method", text=text, methods=named) if named else text


def _of_acting(language: str, entry: AuditEntry, text: str, *, is_by_reader: bool) -> str:
    """Who acted as whom, from where the reader stands, and why."""
    told = say(language, "account.activity.as_another") if is_by_reader else text
    reason = entry.metadata.get("reason")
    return say(language, "account.activity.for_reason", text=told, reason=reason) if reason else told
