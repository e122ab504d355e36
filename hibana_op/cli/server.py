"""The HTTP server as Hibana runs it: its sockets, its workers, and how it ends."""

import asyncio
import errno
import gc
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable

import uvicorn
import uvloop
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess

from hibana_op.config import Settings
from hibana_op.foundation import log
from hibana_op.foundation.errors import WrongSettings

_COLLECT_AT = (50_000, 20, 20)  # a request makes some hundred objects, nearly none of them in a cycle
DRAIN_SECONDS = 25  # for requests under way, after SIGTERM
_BACKLOG = 2048
_ASKED_AGAIN = 0.5  # seconds
# A machine without IPv6 may still resolve localhost to ::1; that address is passed over.
_NO_SUCH_ADDRESS = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})

_log = logging.getLogger("hibana")


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets for a host name's addresses, taken at once so that a busy port is known before anything else."""
    sockets: list[socket.socket] = []
    refusal: OSError | None = None
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as reason:
        raise WrongSettings([f"--host {host}: {reason.strerror}; give an address of this machine"]) from None
    for family, kind, protocol, _, address in dict.fromkeys(found):
        chosen = sockets[0].getsockname()[1] if sockets and port == 0 else address[1]
        try:
            sockets.append(_bind(family, kind, protocol, (address[0], chosen, *address[2:])))
        except OSError as reason:
            refusal = reason
            if reason.errno not in _NO_SUCH_ADDRESS:
                break
    else:
        if sockets:
            return sockets
    for each in sockets:
        each.close()
    why = refusal.strerror if refusal else "no address"
    mend = "choose another --host or --port"
    if refusal is not None and refusal.errno == errno.EADDRINUSE:
        mend = f"another program listens there: end it (`lsof -i :{port}` names it), or {mend}"
    raise WrongSettings([f"cannot listen on {host} port {port} ({why}); {mend}"])


def listen_for(settings: Settings, host: str, port: int) -> list[socket.socket]:
    """The main port's sockets, and those of the management port when there is one."""
    if settings.management_port is None:
        return listen(host, port)
    if settings.management_port == port:
        raise WrongSettings([f"HIBANA_MANAGEMENT_PORT is {port}, and so is --port; choose another"])
    return [*listen(host, port), *listen(host, settings.management_port)]


def _bind(family: int, kind: int, protocol: int, address: tuple[object, ...]) -> socket.socket:
    one = socket.socket(family, kind, protocol)
    try:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind(address)
        one.listen(_BACKLOG)  # only a listening socket keeps others from the port
        one.set_inheritable(True)
    except OSError:
        one.close()
        raise
    return one


def event_loop() -> asyncio.AbstractEventLoop:
    """A loop whose process ends with status 0 on SIGTERM: the server raises the signal once more when it is done."""
    signal.signal(signal.SIGTERM, lambda number, frame: None)
    return uvloop.new_event_loop()


def _end_with_the_parent() -> None:
    """Let a worker whose parent was killed finish what it answers and end, so that it does not hold the port."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        # The first signal may come before the server listens to it; the second one spares the wait before the drain.
        while True:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(_ASKED_AGAIN)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def application() -> ASGIApp:
    """The application of this process; without one it ends with the status at which the supervisor gives up."""
    _end_with_the_parent()
    from hibana_op.app import from_inherited_settings  # noqa: PLC0415 -- the supervising process has no use for it

    try:
        app = from_inherited_settings()
    except WrongSettings as wrong:
        for fault in wrong.faults:
            _log.error("%s", fault)
    except Exception:
        _log.exception("the application cannot be built")
    else:
        # What is loaded now stays, so the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_COLLECT_AT)
        return app
    sys.exit(STARTUP_FAILURE)


class AnnouncedServer(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as always, then tell."""
        await super().startup(sockets)
        if self.started:
            self._announce()


def run(settings: Settings, sockets: list[socket.socket], *, workers: int, announce: Callable[[], None]) -> bool:
    """Serve until a signal comes; False when the application could not start.

    Each process builds the application from what `hand_over` left.
    """
    config = uvicorn.Config(
        "hibana_op.cli.server:application",
        factory=True,
        workers=workers,
        backlog=_BACKLOG,
        http="hibana_op.web.wire:BoundedHttp",
        loop="hibana_op.cli.server:event_loop",
        ws="none",
        lifespan="on",
        interface="asgi3",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        log_config=log.configuration(settings.log.format, settings.log.level),
        ssl_certfile=settings.tls.cert,
        ssl_keyfile=settings.tls.key,
    )
    if workers > 1:
        announce()
        supervisor = Multiprocess(config, sockets)
        supervisor.run()
        return not any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes)
    server = AnnouncedServer(config, announce)
    try:
        server.run(sockets)
    except KeyboardInterrupt:
        pass  # Ctrl-C: the server has drained already
    except SystemExit:
        return False
    return server.started
