"""Write the generated parts of docs/ anew, from the program itself: `make docs`."""

import ast
import asyncio
import inspect
import tempfile
from collections.abc import Callable, Iterable, Iterator

import click

from tests.house import tree
from tests.house.test_floors import FLOORS, part

DOCS = tree.ROOT / "docs"
BEGIN = "<!-- from here on written by `make docs` -->"
END = "<!-- up to here written by `make docs` -->"


def modules() -> str:
    """Every module with the line it opens with, from the roof to the foundation."""
    sections = []
    for name, floor in FLOORS.items():
        rows = [(f"`{place}`", line) for place, line in opening_lines(name) if line]
        if rows:
            sections += [f"### Floor {floor}: `{name}`", table(("module", "what it is"), rows)]
    return "\n\n".join(sections)


def settings() -> str:
    """The table of every setting, from the options themselves."""
    from hibana_op.config import reference  # noqa: PLC0415 -- each page needs only its own part

    return table(("name", "default", "meaning"), reference())


def commands() -> str:
    """Every command with its arguments and options, from the command line itself."""
    from hibana_op.cli.main import hibana  # noqa: PLC0415 -- each page needs only its own part

    return "\n\n".join(described(path, command) for path, command in walk(hibana, ("hibana",)))


def endpoints() -> str:
    """Every address that answers, from the table of routes."""
    from hibana_op.routes import ROUTES  # noqa: PLC0415 -- each page needs only its own part

    rows = [(f"`{route.path}`", " ".join(sorted(route.methods)), first_sentence(route.endpoint)) for route in ROUTES]
    return table(("path", "methods", "what it does"), rows)


def rules() -> str:
    """Every rule that refuses requests, from the table of rules and their words."""
    from hibana_op.foundation.explanation import RULES, link  # noqa: PLC0415 -- each page needs only its own part
    from hibana_op.web.words import say  # noqa: PLC0415

    rows = [
        (
            f"`{rule.name}`",
            say("en", f"trace.rule.{rule.name}"),
            say("en", f"trace.mend.{rule.name}", client="CLIENT_ID"),
            f"[{rule.spec}]({link(rule.spec)})" if rule.spec else "our own",
        )
        for rule in RULES.values()
    ]
    return table(("rule", "what it says", "how to mend it", "section"), rows)


def authority() -> str:
    """Every role that a deployment and a tenant begin with, and every permission, from a new database."""
    from hibana_op.foundation.acr import ACR_VALUES  # noqa: PLC0415 -- each page needs only its own part

    roles, permissions = asyncio.run(_authority())
    classes = ", ".join(f"`{each}`" for each in ACR_VALUES[1:])
    return "\n\n".join(
        [
            "## Roles",
            f"What a role may ask of every sign-in of its holders (`requires_acr`): {classes}.",
            table(("role", "held in", "for", "permissions"), roles),
            "## Permissions",
            "Held in the deployment, in a tenant, or in a unit and below; what is held in a wider place reaches into "
            "the narrower ones.",
            table(("permission", "what it lets people do", "may be held in"), permissions),
        ]
    )


async def _authority() -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    from hibana_op.records import permissions, roles  # noqa: PLC0415 -- each page needs only its own part
    from hibana_op.records.tenants import ROLE_TEMPLATE, SYSTEM  # noqa: PLC0415
    from hibana_op.storage import migrate, open_database  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        db = await open_database(f"sqlite:///{folder}/hibana.db")
        try:
            await migrate.up(db)
            held = {
                place: await roles.every(db, home)
                for home, place in ((SYSTEM, "deployment"), (ROLE_TEMPLATE, "tenant"))
            }
            known = await permissions.every(db)
        finally:
            await db.close()
    rows: list[tuple[str, ...]] = [
        (f"`{each.name}`", place, each.description, ", ".join(f"`{name}`" for name in each.permissions))
        for place, found in held.items()
        for each in found
    ]
    levels: dict[tuple[str, str], list[str]] = {}
    for each in known:
        levels.setdefault((each.permission, each.description), []).append(each.scope_type.replace("organization_", ""))
    return rows, [(f"`{name}`", said, ", ".join(sorted(places))) for (name, said), places in levels.items()]


def operations() -> str:
    """Every operation of the management API, from its table."""
    from hibana_op.api.table import OPERATIONS  # noqa: PLC0415 -- each page needs only its own part

    rows = [
        (f"`{each.method} {each.path}`", each.summary, f"`{each.permission}`" if each.permission else "")
        for each in OPERATIONS
    ]
    return table(("operation", "what it does", "permission"), rows)


PAGES: dict[str, Callable[[], str]] = {
    "api.md": operations,
    "architecture.md": modules,
    "configuration.md": settings,
    "commands.md": commands,
    "endpoints.md": endpoints,
    "roles.md": authority,
    "troubleshooting.md": rules,
}


def opening_lines(name: str) -> Iterator[tuple[str, str]]:
    """The modules of one part, each with the first line of its docstring."""
    for path in tree.modules():
        if part(path) == name:
            docstring = ast.get_docstring(tree.parsed(path)) or ""
            yield path.relative_to(tree.PACKAGE).as_posix(), docstring.partition("\n")[0]


def walk(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below a group, with the words a person types."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from walk(command, (*path, name))
        elif command is not None and not command.hidden:
            yield (*path, name), command


def described(path: tuple[str, ...], command: click.Command) -> str:
    """One command as a section: what is typed, what it does, what it takes."""
    context = click.Context(command, info_name=" ".join(path))
    usage = " ".join([*path, *command.collect_usage_pieces(context)])
    section = [f"## `{' '.join(path)}`", f"`{usage}`", inspect.cleandoc(command.help or "").replace("\b\n", "")]
    section.append("\n".join(["```sh", *examples(command), "```"]))
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    if options:
        rows = [(f"`{typed(option)}`", meaning(option)) for option in options]
        section.append(table(("option", "meaning"), rows))
    return "\n\n".join(section)


def examples(command: click.Command) -> list[str]:
    """The lines that a command's help gives as examples."""
    return [line.strip() for line in inspect.cleandoc(command.epilog or "").splitlines()[2:]]


def typed(option: click.Option) -> str:
    """What a person types for an option, with the word for its value where it has one."""
    names = ", ".join([*option.opts, *option.secondary_opts])
    return f"{names} {option.metavar}" if option.metavar else names


def meaning(option: click.Option) -> str:
    """What an option does, what it may be, and what it is when it is left out."""
    notes = []
    if isinstance(option.type, click.Choice):
        notes.append("one of " + ", ".join(f"`{choice}`" for choice in option.type.choices))
    if option.required:
        notes.append("required")
    if option.multiple:
        notes.append("may be repeated")
    if isinstance(option.default, str | int | float) and not option.is_flag:
        notes.append(f"default `{option.default}`")
    return " ".join([option.help or "", f"({'; '.join(notes)})" if notes else ""]).strip()


def first_sentence(endpoint: object) -> str:
    """What an endpoint's docstring begins with."""
    return (inspect.getdoc(endpoint) or "").split("\n\n")[0].replace("\n", " ")


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table; a bar inside a cell would end it, so it is escaped."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def current(page: str) -> str:
    """The page as it should be: its own words, and between the marks what the program says of itself."""
    before, _, rest = (DOCS / page).read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{PAGES[page]()}\n\n{END}{after}"


def main() -> None:
    """Write every page."""
    for page in PAGES:
        (DOCS / page).write_text(current(page), encoding="utf-8")


if __name__ == "__main__":
    main()
