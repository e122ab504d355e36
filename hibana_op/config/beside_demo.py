"""What a demo leaves in its data folder, so that commands beside it mean the demo and nothing else."""

import json
from pathlib import Path
from urllib.parse import quote

from hibana_op.config.rules import sqlite_path
from hibana_op.config.settings import Settings
from hibana_op.foundation.new_file import new_file


def path(data_dir: Path) -> Path:
    """The file: settings as `--config` takes them, and as commands find them in the default folder."""
    return data_dir / "demo.toml"


def takes_mail(settings: Settings) -> bool:
    """Whether mail goes somewhere: to a mail server, or to the outbox page of the demo whose database this is."""
    database = sqlite_path(settings.database_url.reveal())
    return settings.smtp.url is not None or (database is not None and path(database.parent).is_file())


def leave(settings: Settings) -> None:
    """Write down the address, and where the demo keeps what it made itself; nothing secret."""
    sources = {shown.name: shown.source for shown in settings.shown}
    values = {"issuer": settings.issuer}
    if sources["HIBANA_DATABASE_URL"] == "default":
        values["database_url"] = f"sqlite:///{quote(str(settings.data_dir.absolute() / 'hibana.db'))}"
    if sources["HIBANA_MASTER_KEY"].startswith("generated"):
        values["master_key_file"] = str(settings.data_dir.absolute() / "master.key")
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in values.items()]
    with new_file(path(settings.data_dir), replace=True) as stream:
        stream.write("".join(lines).encode())
