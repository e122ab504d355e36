"""Every setting is documented, and no document speaks of a setting that does not exist."""

import re

from ci.write_docs import DOCS, current
from hibana_op.config import reference
from tests.house.tree import ROOT, files, short

ROW = re.compile(r"^\|\s*`(HIBANA_\w+)`[^|]*\|\s*([^|]*?)\s*\|", re.MULTILINE)
NAME = re.compile(r"\bHIBANA_(?!TEST_|BENCH_)[A-Z0-9_]*[A-Z0-9]\b")  # those two are not the server's


def known() -> set[str]:
    """Every name that may stand in the environment, `_FILE` forms too."""
    return {name for row in reference() for name in NAME.findall(row[0])}


def test_the_configuration_page_is_current() -> None:
    assert (DOCS / "configuration.md").read_text(encoding="utf-8") == current("configuration.md"), "run `make docs`"


def test_every_setting_has_a_meaning_and_a_default() -> None:
    silent = [name for name, default, meaning in reference() if not default or not meaning.endswith(".")]
    assert not silent, f"hibana_op/config/options.py: {silent} need a default in words and a full sentence"


def test_documents_speak_only_of_settings_that_exist() -> None:
    faults = [
        f"{short(path)}: there is no {name}"
        for path in files()
        if path.suffix in {".md", ".toml", ".yaml", ".yml", ".sh"} and path.name != "CHANGELOG.md"
        for name in sorted(set(NAME.findall(path.read_text(encoding="utf-8"))) - known())
    ]
    assert not faults, "\n".join(faults)


def test_the_readme_repeats_the_defaults_truly() -> None:
    defaults = {row[0].split(",")[0].strip("`"): row[1] for row in reference()}
    faults = [
        f"README.md: {name} is said to default to {said}, it is {defaults[name]}"
        for name, said in ROW.findall((ROOT / "README.md").read_text(encoding="utf-8"))
        if name in defaults and said != defaults[name]
    ]
    assert not faults, "\n".join(faults)
