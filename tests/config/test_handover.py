"""What a worker process inherits is what the command line was given."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from pathlib import Path
from hibana_op import config
flags = {"data": sys.argv[1], "host": "localhost", "port": "8123"}
first = config.from_environment(file=Path("hibana.toml"), flags=flags, mode="dev")
config.hand_over(file=Path("hibana.toml"), flags=flags, mode="dev")
import os, subprocess
os.chdir("/")
code = "from hibana_op import config; s = config.inherited(); print(s, s.master_keys[0].reveal())"
told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
assert told.strip() == f"{first} {first.master_keys[0].reveal()}", told
"""


def test_a_worker_rebuilds_the_same_settings_from_flags_file_and_environment(tmp_path: Path) -> None:
    (tmp_path / "hibana.toml").write_text('log_level = "error"\n', encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HIBANA_")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "data")],
        cwd=tmp_path,
        env=kept | {"HIBANA_PROFILE": "oauth21"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
