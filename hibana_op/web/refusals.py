"""Notes why a request was refused or failed: what came in without its secrets, for `jobs/refusal_traces.py`."""

import base64
import json
import logging
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import ClientDisconnect
from starlette.types import Scope

from hibana_op.foundation import base64url, differences, redaction
from hibana_op.foundation.errors import Busy, OAuthError, PageRefused
from hibana_op.foundation.explanation import RULES, Explanation
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.redaction import Received, fit
from hibana_op.jobs.refusal_traces import Refused
from hibana_op.oauth.call import Form
from hibana_op.records.refusal_traces import Account
from hibana_op.storage.database import DatabaseBroken
from hibana_op.web.exchange import BodyTooLarge
from hibana_op.web.site import Site

BODY = "hibana_body"  # where the body of a request is kept in its scope
MOST_EXPECTED = 10
_MOST_READ = 8192
# To these a browser carries the client_id in its address, where everybody can see it.
_IN_THE_OPEN = frozenset({"/authorize", "/logout"})
_QUOTE_A_NAME = frozenset({"parameter_doubled", "parameter_too_long"})
_SCHEMES = {"basic": "Basic", "bearer": "Bearer", "dpop": "DPoP"}

_log = logging.getLogger(__name__)


def note(
    site: Site,
    scope: Scope,
    refusal: BaseException,
    *,
    status: int | None = None,
    asked: Form | None = None,
) -> None:
    """Leave a trace of a refusal or a failure; it takes no part in the answer, and never fails it.

    `status`: that of the answer, if it is not the refusal's own. `asked`: the authorization request that the
    refused step belongs to.
    """
    if isinstance(refusal, ClientDisconnect):
        return
    origin = scope["hibana"]
    try:
        if site.refusals.admits(origin.ip):
            site.refusals.put(_refused(site, scope, refusal, status, asked or Form()))
    except Exception:
        _log.exception("why a request was refused cannot be told")


def _refused(site: Site, scope: Scope, refusal: BaseException, status: int | None, asked: Form) -> Refused:
    endpoint = _endpoint(site, scope)
    pairs = _parameters(scope)
    own = {name for name, _ in pairs}
    pairs += [(name, value) for name, values in asked.values.items() if name not in own for value in values]
    header = _header(scope, b"authorization")
    presented = _presented(scope, pairs, header)
    others = redaction.parameters((name, value) for name, value in pairs if name != "client_id")
    error, description, own_status = _answered(refusal)
    because = getattr(refusal, "because", None) or Explanation(error)
    if because.rule in _QUOTE_A_NAME and because.parameter not in redaction.KNOWN:
        # A name like no other may be a secret in the wrong place, and the description repeats it.
        description, because = "", Explanation(because.rule, because.expected)
    sent = None if because.sent is None else fit(because.sent)
    account = Account(
        method=scope["method"],
        status=status or own_status,
        rule=because.rule,
        description=fit(description),
        detail=fit(refusal.detail) if isinstance(refusal, OAuthError) else "",
        expected=_expected(because, sent),
        sent=sent,
        parameter=because.parameter,
        received=(*_credentials(scope, header), *others),
    )
    return Refused(
        id=uuid7(),
        trace_id=scope["hibana"].trace_id,
        endpoint=endpoint,
        error=error,
        account=account,
        presented=presented,
        in_the_open=endpoint in _IN_THE_OPEN,
        at=site.op.now(),
    )


def _presented(scope: Scope, pairs: list[tuple[str, str]], authorization: str) -> str | None:
    """The client that a request names: in its address, as a parameter, or as it authenticates."""
    given = dict(pairs)
    in_path: str | None = scope.get("path_params", {}).get("client_id")
    return in_path or given.get("client_id") or _basic_client(authorization) or _subject(given.get("client_assertion"))


def _answered(refusal: BaseException) -> tuple[str, str, int]:
    """The error code or the page's reason, what the caller was told beside it, and the status."""
    if isinstance(refusal, OAuthError):
        return refusal.code, refusal.description, refusal.status
    if isinstance(refusal, PageRefused):
        return refusal.reason, refusal.detail, refusal.status
    if isinstance(refusal, BodyTooLarge):
        return "too_large", "", 413
    if isinstance(refusal, Busy | DatabaseBroken):
        return "busy", "", 503
    # What a failure says may hold anything; it stands in the log, under the same id.
    return "server_error", type(refusal).__name__, 500


def _expected(because: Explanation, sent: str | None) -> tuple[str, ...]:
    """What would have been right; of what is compared, the likeliest first."""
    expected = [fit(each) for each in because.expected]
    if sent is not None and because.rule in RULES and RULES[because.rule].compares:
        expected = differences.nearest(sent, expected)
    return tuple(expected[:MOST_EXPECTED])


def _endpoint(site: Site, scope: Scope) -> str:
    """The path below the issuer, as the route is written: what stands for a parameter stays out."""
    path: str = getattr(scope.get("route"), "path", None) or scope["path"]
    return path.removeprefix(site.op.settings.issuer_path) or "/"


def _parameters(scope: Scope) -> list[tuple[str, str]]:
    """The parameters of the query and of the body, read loosely: they may be what was wrong."""
    found = _pairs(scope["query_string"][:_MOST_READ])
    body = scope.get(BODY, b"")
    if _header(scope, b"content-type").partition(";")[0].strip().lower().endswith("json"):
        return found + _members(body)
    return found + _pairs(body[:_MOST_READ])


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    return parse_qsl(encoded.decode("latin-1"), keep_blank_values=True)


def _members(body: bytes) -> list[tuple[str, str]]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return redaction.members(document) if isinstance(document, dict) else []


def _credentials(scope: Scope, authorization: str) -> list[Received]:
    """That there were credentials in the headers, and of what kind."""
    found = []
    if authorization:
        scheme, _, rest = authorization.partition(" ")
        shown = _SCHEMES.get(scheme.lower())
        length = len(rest if shown else authorization)
        found.append(Received(name="Authorization", value=shown and f"{shown} …", length=length))
    proof = _header(scope, b"dpop")
    if proof:
        found.append(Received(name="DPoP", value=None, length=len(proof)))
    return found


def _basic_client(authorization: str) -> str | None:
    """The client that HTTP Basic names."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic" or len(encoded) > _MOST_READ:
        return None
    try:
        text = base64.b64decode(encoded.strip()).decode()
    except ValueError:
        return None
    return unquote_plus(text.partition(":")[0])[:255] or None


def _subject(assertion: str | None) -> str | None:
    """The client that an assertion says to be of; nothing about it is proven."""
    try:
        claims = json.loads(base64url.decode((assertion or "").split(".")[1]))
    except (IndexError, ValueError, RecursionError):
        return None
    subject = claims.get("sub") if isinstance(claims, dict) else None
    return subject[:255] if isinstance(subject, str) else None


def _header(scope: Scope, wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), "")
