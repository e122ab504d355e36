"""The page and the picture of the house show the house as it is."""

from ci.write_docs import DOCS, current
from tests.house.test_floors import FLOORS, part
from tests.house.tree import modules


def test_the_page_lists_every_module() -> None:
    assert (DOCS / "architecture.md").read_text(encoding="utf-8") == current("architecture.md"), "run `make docs`"


def test_the_picture_shows_every_part() -> None:
    picture = (DOCS / "architecture.svg").read_text(encoding="utf-8")
    parts = {part(path) for path in modules()} & FLOORS.keys() - {"__main__"}
    missing = sorted(name for name in parts if f">{name}</text>" not in picture)
    assert not missing, f"docs/architecture.svg does not show {missing}"
