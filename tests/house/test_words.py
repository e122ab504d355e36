"""What the repository must not say: unfinished work, skipped tests, and how or where it was written."""

import re
from pathlib import Path

from tests.house.tree import ROOT, files, short

TEXT = {
    "",
    ".css",
    ".html",
    ".js",
    ".json",
    ".lock",
    ".md",
    ".mjs",
    ".py",
    ".sh",
    ".sql",
    ".svg",
    ".toml",
    ".txt",
}
ORDINARY_PARENTS = {"/", "/app", "/home", "/opt", "/root", "/srv", "/tmp", "/usr/src", "/var/tmp"}  # noqa: S108 -- names, not files
THIS_FILE = Path(__file__).resolve()


def found(pattern: str, paths: list[Path]) -> list[str]:
    """Where the pattern stands, as `path:line: what`."""
    expression = re.compile(pattern)
    return [
        f"{short(path)}:{number}: {match[0]}"
        for path in paths
        if path != THIS_FILE
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (match := expression.search(line))
    ]


def texts() -> list[Path]:
    """Every text file of the repository."""
    return [path for path in files() if path.suffix in TEXT]


def test_nothing_is_left_for_later() -> None:
    faults = found(r"\b(TODO|FIXME|XXX|HACK|NotImplemented(Error)?)\b", texts())
    assert not faults, "finish it, or leave it out and say so in the documentation:\n" + "\n".join(faults)


def test_no_test_is_skipped() -> None:
    tests = [path for path in texts() if path.suffix == ".py" and path.is_relative_to(ROOT / "tests")]
    faults = found(r"\b(skipif|mark\.skip|pytest\.skip|importorskip|xfail|unittest\.mock|mocker)\b", tests)
    assert not faults, "a test runs with real parts or does not exist:\n" + "\n".join(faults)


def test_commented_out_code_is_not_excused() -> None:
    faults = found(r"noqa:.*\bERA", texts())
    assert not faults, "delete it, git remembers:\n" + "\n".join(faults)


def test_nothing_names_the_place_it_was_written_in() -> None:
    places = [re.escape(str(ROOT)), re.escape("../shared"), re.escape("/.library/")]
    if str(ROOT.parent) not in ORDINARY_PARENTS:
        places.append(re.escape(f"{ROOT.parent}/"))
    faults = found("|".join(places), texts())
    assert not faults, "the repository stands alone; say it without that path:\n" + "\n".join(faults)


def test_nothing_tells_how_it_was_written() -> None:
    phrases = (
        r"(?i)\b(issue #?\d|pull request #?\d|language model|as an ai|ai[- ]generated|subagent|sub-agent"
        r"|the user asked|we were asked|the brief|my brief|the task says|co-authored-by)\b"
    )
    faults = found(phrases, texts())
    assert not faults, "describe the house, not its building site:\n" + "\n".join(faults)
