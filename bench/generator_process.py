"""Runs the load generator as a process of its own, so that it shares no interpreter with anything else."""

import subprocess
import sys

import msgspec

from bench.generator import Plan, Seen
from bench.target import Target


def measure(target: Target, workload: str, *, connections: int, seconds: float, warm_up: float = 0.5) -> Seen:
    """Drive one workload against a server and answer what was seen."""
    plan = Plan(target, workload, connections, seconds, warm_up)
    finished = subprocess.run(
        [sys.executable, "-m", "bench.generator"],
        input=msgspec.json.encode(plan),
        capture_output=True,
        check=False,
    )
    if finished.returncode != 0:
        raise RuntimeError(f"{workload} against {target.name}:\n{finished.stderr.decode()[-3000:]}")
    return msgspec.json.decode(finished.stdout, type=Seen)
