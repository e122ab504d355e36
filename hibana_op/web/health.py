"""Operations: is the process up, may it get traffic, what has it counted."""

import asyncio
import logging
import signal
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from types import FrameType

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hibana_op.foundation.origin import Origin
from hibana_op.web.metrics import CONTENT_TYPE, Metrics

Check = Callable[[], Awaitable[str | None]]  # None when all is well, else the reason in a few public words

PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
_CHECK_SECONDS = 3
_NO_STORE = {"Cache-Control": "no-store"}
_FORWARDING = ("x-forwarded-for", "forwarded", "x-real-ip")

_log = logging.getLogger(__name__)


class Readiness:
    """Whether this process should get traffic: its checks pass, and it is not on its way out."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self.is_draining = False

    async def reasons(self) -> dict[str, str]:
        """What stands against it, by the name of the check; empty when ready."""
        if self.is_draining:
            return {"shutdown": "shutting down"}
        names = list(self._checks)
        found = await asyncio.gather(*(self._ask(name) for name in names))
        return {name: reason for name, reason in zip(names, found, strict=True) if reason is not None}

    async def _ask(self, name: str) -> str | None:
        try:
            async with asyncio.timeout(_CHECK_SECONDS):
                return await self._checks[name]()
        except TimeoutError:
            return "does not answer"
        except Exception:
            _log.exception("the %s check failed", name)
            return "failed"

    @contextmanager
    def drained_on_sigterm(self, delay: float) -> Iterator[None]:
        """While inside, SIGTERM first answers "not ready" for `delay` seconds, then stops the server.

        Wraps the server's own handler, which must be in place already; a second SIGTERM stops at once.
        """
        stop = signal.getsignal(signal.SIGTERM)
        if threading.current_thread() is not threading.main_thread() or not callable(stop):
            yield
            return
        loop = asyncio.get_running_loop()

        def drain(number: int, frame: FrameType | None) -> None:
            if self.is_draining or delay <= 0:
                self.is_draining = True
                stop(number, frame)
            else:
                self.is_draining = True
                loop.call_soon_threadsafe(loop.call_later, delay, stop, number, frame)

        signal.signal(signal.SIGTERM, drain)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, stop)


def routes(readiness: Readiness, metrics: Metrics, *, management_port: int | None) -> list[Route]:
    """The three operational routes; they belong at the root, whatever the issuer's path is."""

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=_NO_STORE)

    async def readyz(request: Request) -> Response:
        reasons = await readiness.reasons()
        if not reasons:
            return JSONResponse({"status": "ready"}, headers=_NO_STORE)
        answer = {"status": "not ready", "reasons": reasons}
        return JSONResponse(answer, status_code=503, headers={**_NO_STORE, "Retry-After": "1"})

    async def show_metrics(request: Request) -> Response:
        if management_port is None and not _is_local(request):
            return JSONResponse({"status": "not found"}, status_code=404, headers=_NO_STORE)
        return Response(metrics.render(), headers={**_NO_STORE, "Content-Type": CONTENT_TYPE})

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", show_metrics)]


def _is_local(request: Request) -> bool:
    """Whether the caller sits on this machine; a proxy here, trusted or not, speaks for somebody else."""
    origin: Origin = request.scope["hibana"]
    is_forwarded = any(name in request.headers for name in _FORWARDING)
    return origin.ip is not None and not is_forwarded and ip_address(origin.ip).is_loopback
