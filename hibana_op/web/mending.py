"""The command that mends a refusal, whole and ready to be typed, where the trace of it holds all that it takes."""

import json
import re
import shlex
from collections.abc import Sequence
from urllib.parse import urlsplit

from hibana_op.foundation.redaction import LONGEST_VALUE
from hibana_op.records.refusal_traces import Account, RefusalTrace
from hibana_op.web.refusals import MOST_EXPECTED

# The rules by which what was sent is not among what is registered, and the member that holds what is.
_LISTS = {
    "redirect_uri_unregistered": "redirect_uris",
    "logout_redirect_unregistered": "post_logout_redirect_uris",
    "request_uri_unregistered": "request_uris",
    "grant_type_unregistered": "grant_types",
}
_WHOLE = re.compile(r"[\x21-\x7e]+")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_OF_ACCOUNTS = frozenset({"openid", "profile", "email", "address", "phone", "offline_access"})


def command(trace: RefusalTrace) -> str | None:
    """The command, or None: what a stranger may have sent is registered by nobody who only copies a line."""
    account, client_id = trace.account, trace.client_id
    if client_id is None or account.sent is None or not _is_whole(account.sent, client_id, *account.expected):
        return None
    if account.rule in _LISTS:
        return _with_one_more(client_id, _LISTS[account.rule], account.expected, account.sent)
    if account.rule == "resource_not_granted":
        scopes = [f"--scope={each}" for each in _scopes(account)]
        return shlex.join(["hibana", "resource", "allow", account.sent, "--client", client_id, *scopes])
    return None


def _with_one_more(client_id: str, member: str, registered: Sequence[str], sent: str) -> str | None:
    if not registered or len(registered) >= MOST_EXPECTED:
        return None  # there may be more than is known here, and the command replaces all of them
    if member.endswith("_uris") and not _is_of_the_same_app(sent, registered):
        return None
    metadata = json.dumps({member: [*registered, sent]})
    return shlex.join(["hibana", "client", "update", client_id, "--metadata", metadata])


def _is_of_the_same_app(sent: str, registered: Sequence[str]) -> bool:
    """Whether an address is on this machine, or on a host that the app is registered with already."""
    try:
        parts = [urlsplit(each) for each in (sent, *registered)]
    except ValueError:
        return False
    return parts[0].hostname in _LOOPBACK or parts[0][:2] in {each[:2] for each in parts[1:]}


def _is_whole(*texts: str) -> bool:
    """Whether these are as they came: nothing was shortened, blackened or written in another way."""
    return all(
        _WHOLE.fullmatch(each) and len(each) < LONGEST_VALUE and "\\" not in each and "***" not in each
        for each in texts
    )


def _scopes(account: Account) -> list[str]:
    """The scopes that were asked of an API."""
    asked = [part.value or "" for part in account.received if part.name == "scope"]
    return [each for each in " ".join(asked).split() if each not in _OF_ACCOUNTS and _is_whole(each)]
