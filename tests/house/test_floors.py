"""Imports point down: which part stands on which floor, who may import which library, where SQL may stand."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.house.tree import PACKAGE, docstrings, modules, parsed, short

# A part is a module or a folder right under hibana_op. It may import itself and every lower floor.
FLOORS = {
    "app": 5,
    "background": 5,
    "routes": 5,
    "cli": 5,
    "dev": 5,
    "__main__": 5,
    "pages": 4,
    "api": 4,
    "web": 4,
    "oauth": 3,
    "login": 3,
    "tenancy": 3,
    "jobs": 3,
    "operations": 3,
    "records": 2,
    "provider": 2,
    "storage": 1,
    "foundation": 0,
    "config": 0,
}
ROOF = 5  # the only floor whose parts may all import each other
BESIDE = {("pages", "web"), ("api", "web"), ("tenancy", "login"), ("provider", "records"), ("config", "foundation")}

# A library, and the only places that may import it.
LIBRARIES = {
    "starlette": ("web/", "pages/", "api/", "app.py", "routes.py", "cli/", "dev/"),
    "uvicorn": ("web/", "app.py", "cli/", "dev/"),
    "aiosqlite": ("storage/",),
    "asyncpg": ("storage/",),
    "sqlite3": ("storage/",),
    "joserfc": ("foundation/jose/",),
    "argon2": ("foundation/passwords.py",),
    "python_multipart": ("web/parts.py",),
    "nh3": ("foundation/branding/markup.py",),
    "tinycss2": ("foundation/branding/",),
    "bcrypt": ("foundation/foreign_hashes.py",),
    "webauthn": ("login/passkeys/",),
    "lxml": ("login/federation/saml/",),
    "signxml": ("login/federation/saml/",),
    "zxcvbn": ("login/password_policy.py",),
    "bonsai": ("foundation/directory.py",),
    "aiosmtplib": ("foundation/mail.py",),
    "httpx2": ("foundation/outbound.py", "cli/", "dev/"),
}
ENVIRONMENT_HOMES = ("config.py", "config/")
SQL_HOMES = ("records/", "storage/")
HOMELESS_NAMES = {"util", "helper", "common", "base", "manager", "service", "misc"}

SQL = re.compile(
    r"\s*(SELECT\s+\S|INSERT\s+INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|WITH\s+\w+\s+AS\s*\(|PRAGMA\s+\w"
    r"|(CREATE|ALTER|DROP)\s+(TABLE|INDEX|UNIQUE|VIEW|TRIGGER)\s|BEGIN(\s+IMMEDIATE)?$|COMMIT$|ROLLBACK$|SAVEPOINT\s)"
)


@dataclass(frozen=True, slots=True)
class Import:
    """One name that a module brings in."""

    target: str  # dotted, as if it were written from the top
    line: int


def test_every_part_has_a_floor() -> None:
    parts = {part(path) for path in modules()} - {"__init__"}
    assert parts <= FLOORS.keys(), (
        f"{sorted(parts - FLOORS.keys())}: give each a floor in FLOORS of tests/house/test_floors.py "
        "and a line in docs/architecture.md"
    )


def test_imports_point_down() -> None:
    faults = [
        f"{short(path)}:{found.line}: {part(path)} (floor {FLOORS.get(part(path))}) imports {found.target} "
        f"(floor {FLOORS.get(below)}); move the shared thing down, or pass it in"
        for path in modules()
        for found in imports(path)
        if (below := own_part(found.target)) and not may_import(part(path), below)
    ]
    assert not faults, "\n".join(faults)


def test_libraries_are_imported_only_where_they_live() -> None:
    faults = [
        f"{short(path)}:{found.line}: {found.target.split('.')[0]} may only be imported in {', '.join(homes)}"
        for path in modules()
        for found in imports(path)
        if (homes := LIBRARIES.get(found.target.split(".")[0])) and not lives_in(path, homes)
    ]
    assert not faults, "\n".join(faults)


def test_only_config_reads_the_environment() -> None:
    names = {"environ", "environb", "getenv", "getenvb"}
    faults = []
    for path in modules():
        if lives_in(path, ENVIRONMENT_HOMES):
            continue
        read = [found.line for found in imports(path) if found.target in {f"os.{name}" for name in names}]
        read += [
            node.lineno
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.Attribute)
            and node.attr in names
            and isinstance(node.value, ast.Name)
            and node.value.id == "os"
        ]
        faults += [f"{short(path)}:{line}: make it a setting; only config reads the environment" for line in read]
    assert not faults, "\n".join(faults)


def test_sql_is_written_only_in_records_and_storage() -> None:
    faults = []
    for path in modules():
        if lives_in(path, SQL_HOMES):
            continue
        tree = parsed(path)
        prose = docstrings(tree)
        faults += [
            f"{short(path)}:{node.lineno}: SQL; give the table's file in records/ a function for it"
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in prose
            and SQL.match(node.value)
        ]
    assert not faults, "\n".join(faults)


def test_every_module_is_named_after_its_noun() -> None:
    faults = [
        f"{short(path)}: {name} says nothing; name it after the thing it holds"
        for path in modules()
        for name in path.relative_to(PACKAGE).with_suffix("").parts
        if name.removesuffix("s") in HOMELESS_NAMES
    ]
    assert not faults, "\n".join(faults)


def part(path: Path) -> str:
    """The part of the house that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def own_part(target: str) -> str:
    """The part of ours that an import names; empty for a library and for the package itself."""
    names = target.split(".")
    return names[1] if names[0] == PACKAGE.name and len(names) > 1 and names[1] in _parts() else ""


def may_import(upper: str, lower: str) -> bool:
    """Whether one part may import another."""
    if upper == lower or (upper, lower) in BESIDE:
        return True
    floor = FLOORS.get(upper, 0)
    return FLOORS.get(lower, 0) < floor or floor == ROOF


def lives_in(path: Path, homes: tuple[str, ...]) -> bool:
    """Whether a module is one of these files or in one of these folders."""
    place = path.relative_to(PACKAGE).as_posix()
    return any(place == home or (home.endswith("/") and place.startswith(home)) for home in homes)


def imports(path: Path) -> Iterator[Import]:
    """Everything that a module imports, at its top or inside a function."""
    package = path.relative_to(PACKAGE.parent).with_suffix("").parts[:-1]
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            source = ".".join([*start, *filter(None, [node.module])])
            yield from (Import(f"{source}.{alias.name}", node.lineno) for alias in node.names)


@cache
def _parts() -> set[str]:
    return {part(path) for path in modules()}
