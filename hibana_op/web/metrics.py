"""What Prometheus may ask: a few counters whose labels can take only a few values."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from hibana_op.config import metrics_folder

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Counts in this process; when several share a folder, an answer adds them all up.

    A label's value must come from a table of ours (a route, a grant, a result), never from a request.
    """

    def __init__(self) -> None:
        own = CollectorRegistry()
        self._requests = Counter(
            "hibana_http_requests", "Answered requests.", ("route", "method", "status"), registry=own
        )
        self._seconds = Histogram(
            "hibana_http_request_seconds", "Time to an answer.", ("route",), registry=own, buckets=_SECONDS
        )
        self._tokens = Counter("hibana_tokens_issued", "Access tokens issued, by grant.", ("grant",), registry=own)
        self._sign_ins = Counter("hibana_sign_ins", "Sign-in attempts, by result.", ("result",), registry=own)
        # Looking labels up costs more than counting.
        self._kinds: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._grants: dict[str, Counter] = {}
        self._registry = own
        folder = metrics_folder()
        if folder is not None:
            self._registry = CollectorRegistry()
            MultiProcessCollector(self._registry, path=folder)  # type: ignore[no-untyped-call]

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is the template, such as `/register/{client_id}`."""
        verb = method if method in _METHODS else "other"
        kind = (route, verb, status // 100)
        found = self._kinds.get(kind)
        if found is None:
            found = (self._requests.labels(route, verb, f"{kind[2]}xx"), self._seconds.labels(route))
            self._kinds[kind] = found
        found[0].inc()
        found[1].observe(seconds)

    def token_issued(self, grant: str) -> None:
        """An access token went out."""
        found = self._grants.get(grant)
        if found is None:
            found = self._grants[grant] = self._tokens.labels(grant)
        found.inc()

    def sign_in(self, result: str) -> None:
        """Somebody tried to sign in."""
        self._sign_ins.labels(result).inc()

    def render(self) -> bytes:
        """Everything counted so far, in Prometheus' text format."""
        return generate_latest(self._registry)
