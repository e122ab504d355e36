"""Loopback ports that nobody listens on."""

import socket
import time


def free_port() -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until_closed(port: int, *, seconds: float = 10) -> None:
    """Return once nobody listens on the port any more; a restart needs it free."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        with socket.socket() as caller:
            if caller.connect_ex(("127.0.0.1", port)) != 0:
                return
        time.sleep(0.01)
    raise TimeoutError(f"somebody still listens on port {port} after {seconds} seconds")
