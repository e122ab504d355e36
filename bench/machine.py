"""Which machine and which state of the program the figures belong to."""

import os
import platform
import subprocess
from pathlib import Path

_ROOT = Path(__file__).parent.parent


def machine() -> str:
    """Processor, cores, memory, kernel and Python, in one line."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    cores = len(os.sched_getaffinity(0))
    return f"{cores} x {model}, {gib:.0f} GiB, Linux {platform.release()}, Python {platform.python_version()}"


def commit() -> str | None:
    """The commit of the checkout, marked when files differ from it; None outside a checkout."""
    command = ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=+changes"]
    finished = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    return finished.stdout.strip() or None
