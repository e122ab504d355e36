"""What this machine can do at most: bare signatures, bare answers, bare durable writes."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from bench.durable_write import durable_write_us
from bench.generator_process import measure
from bench.processes import free_port, running, wait_for_answer
from bench.target import Credentials, Target

_MESSAGE = b"e" * 600
_SIGNING_S = 0.6
_FLOOR_S = 2.0


@dataclass(frozen=True, slots=True)
class Ceilings:
    """Processor microseconds of each part of an answer, and signatures a second with one and two threads."""

    get_us: float
    post_us: float
    write_us: float
    signature_us: Mapping[str, float]
    signatures_a_second: Mapping[str, tuple[float, float]]

    def of(self, *, gets: float, posts: float, writes: int, signatures: tuple[str, ...]) -> float:
        """Operations a second that one core could do at most, if it did nothing but these parts."""
        total = gets * self.get_us + posts * self.post_us + writes * self.write_us
        return 1e6 / (total + sum(self.signature_us[algorithm] for algorithm in signatures))


def measure_ceilings(directory: Path, database_url: str, *, connections: int) -> Ceilings:
    """Measure every part on this machine now."""
    signers = _signers()
    alone = {name: _sign(sign) for name, sign in signers.items()}
    together = {name: _sign_with_two_threads(sign) for name, sign in signers.items()}
    get_us, post_us = _floors(directory, connections)
    return Ceilings(
        get_us=get_us,
        post_us=post_us,
        write_us=durable_write_us(directory, database_url, waiting=connections),
        signature_us={name: cpu for name, (_, cpu) in alone.items()},
        signatures_a_second={name: (alone[name][0], together[name]) for name in signers},
    )


def _signers() -> Mapping[str, Callable[[], bytes]]:
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ec_key = ec.generate_private_key(ec.SECP256R1())
    pkcs1, sha256, ecdsa = padding.PKCS1v15(), hashes.SHA256(), ec.ECDSA(hashes.SHA256())
    return {
        "RS256": lambda: rsa_key.sign(_MESSAGE, pkcs1, sha256),
        "ES256": lambda: ec_key.sign(_MESSAGE, ecdsa),
    }


def _sign(sign: Callable[[], bytes]) -> tuple[float, float]:
    count = 0
    cpu, started = time.thread_time(), time.perf_counter()
    while (lasted := time.perf_counter() - started) < _SIGNING_S:
        sign()
        count += 1
    return count / lasted, (time.thread_time() - cpu) / count * 1e6


def _sign_with_two_threads(sign: Callable[[], bytes]) -> float:
    with ThreadPoolExecutor(2) as threads:
        return sum(rate for rate, _ in threads.map(lambda _: _sign(sign), range(2)))


def _floors(directory: Path, connections: int) -> tuple[float, float]:
    port = free_port()
    log = directory / "floor.log"
    command = [sys.executable, "-m", "uvicorn", "bench.floor:app", "--port", str(port), "--no-access-log"]
    command += ["--no-server-header", "--no-date-header", "--log-level", "warning"]
    with running(command, dict(os.environ), log) as process:
        wait_for_answer(process, port, "/", log)
        target = Target("floor", process.pid, port, {"machine": Credentials("machine", "secret" * 8)})
        seen = [
            measure(target, name, connections=connections, seconds=_FLOOR_S) for name in ("floor_get", "floor_post")
        ]
    get_us, post_us = (each.server_cpu / len(each.latencies) * 1e6 for each in seen)
    return get_us, post_us
