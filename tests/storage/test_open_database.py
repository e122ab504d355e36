"""The URL chooses the engine, and is shown without its password."""

import pytest

from hibana_op.foundation.errors import WrongSettings
from hibana_op.storage import open_database, redacted


async def test_the_scheme_chooses_the_engine(empty_url: str) -> None:
    db = await open_database(empty_url)

    assert empty_url.startswith(db.engine)
    await db.close()


async def test_an_unknown_scheme_is_refused_without_showing_the_password() -> None:
    with pytest.raises(WrongSettings, match=r"mysql://me:\*\*\*@host/name.*postgresql://") as refused:
        await open_database("mysql://me:hunter2@host/name")

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:////var/lib/hibana.db", "sqlite:////var/lib/hibana.db"),
        ("postgresql://host:5432/name", "postgresql://host:5432/name"),
        ("postgresql://me@host/name", "postgresql://me@host/name"),
        ("postgresql://me:hunter2@host/name", "postgresql://me:***@host/name"),
        ("postgresql://me:hunt/er@2:?#@host:5432/name", "postgresql://me:***@host:5432/name"),
        ("postgresql://host/name?user=me&password=hunter2&a=b", "postgresql://host/name?user=me&password=***&a=b"),
        ("postgresql://host/name?sslpassword=hunter2", "postgresql://host/name?sslpassword=***"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert redacted(url) == shown
