"""Commands as they can be typed beside this demo: by the program that runs it, on the data that it keeps."""

import shlex
import shutil
import sys
from pathlib import Path

from hibana_op.config import Settings, beside_demo

_DEFAULT_DATA = Path("hibana-data")


def command(settings: Settings, text: str) -> str:
    """A command without its program's name, as a line that works in the folder where the demo was started."""
    elsewhere = settings.data_dir.absolute() != _DEFAULT_DATA.absolute()
    config = f" --config {shlex.quote(str(_near(beside_demo.path(settings.data_dir))))}" if elsewhere else ""
    return f"{_program()} {text}{config}"


def _program() -> str:
    installed = Path(sys.executable).with_name("hibana")
    if not installed.is_file():
        return f"{shlex.quote(str(_near(Path(sys.executable))))} -m hibana_op"
    known = shutil.which("hibana")
    return "hibana" if known == str(installed) else shlex.quote(str(_near(installed)))


def _near(path: Path) -> Path:
    """The way from here when it leads down, else the whole way."""
    try:
        return path.absolute().relative_to(Path.cwd())
    except ValueError:
        return path.absolute()
