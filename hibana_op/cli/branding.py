"""`hibana branding`: how the hosted pages look, for the deployment or in one tenant."""

from pathlib import Path
from typing import Any

import click

from hibana_op.cli.output import example, json_option, print_json, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.tenant_named import tenant_option
from hibana_op.config import Settings
from hibana_op.foundation.errors import InvalidRecord
from hibana_op.foundation.new_file import new_file
from hibana_op.provider import Provider
from hibana_op.records import branding_files, tenant_settings, tenants
from hibana_op.records.branding_files import CSS, HTML, BrandingFile
from hibana_op.records.tenant_settings import FILES, Branding
from hibana_op.records.tenants import SYSTEM
from hibana_op.tenancy import actors
from hibana_op.tenancy import branding as rules
from hibana_op.tenancy import settings as choices
from hibana_op.tenancy.management import Changed
from hibana_op.web import looks

COLUMNS = ("id", "media_type", "size", "width", "height", "chosen_as", "created_at")
_TYPES = {"stylesheet": CSS, "header": HTML, "footer": HTML}
_ENDINGS = {".css": CSS, ".html": HTML, ".htm": HTML}
_MEMBERS = Branding.__struct_fields__
_file = click.Path(dir_okay=False, path_type=Path)


@click.group()
def branding() -> None:
    """Choose the name, colours and pictures of the hosted pages."""


@branding.command("show", epilog=example("hibana branding show --tenant acme"))
@tenant_option
@json_option
@with_settings
def show_branding(settings: Settings, *, tenant: str | None, as_json: bool) -> None:
    """Show what is chosen, and how readable the colours are."""

    async def read(op: Provider) -> dict[str, Any]:
        found = await choices.show(op, await actors.command(op), await _id_of(op, tenant))
        look = await looks.of_tenant(op, found.id)
        contrasts = [
            {"front": each.front, "back": each.back, "theme": each.theme, "ratio": round(each.ratio, 2)}
            for each in look.contrasts
        ]
        chosen = found.settings.get("branding", {})
        shown = {"name": look.name, "theme": look.theme, "stylesheet": _address(op, look.sheet)}
        return {"tenant": found.slug, "chosen": chosen, "shown": shown, "contrasts": contrasts}

    found = run(settings, read)
    if as_json:
        print_json(found)
        return
    show_one({"tenant": found["tenant"], **found["shown"], **found["chosen"]}, as_json=False)
    if found["contrasts"]:
        click.echo()
        show(found["contrasts"], ("front", "back", "theme", "ratio"), as_json=False)


@branding.command(
    "set", epilog=example('hibana branding set --tenant acme --name "Acme" --primary-color "#7c3aed" --logo acme.png')
)
@tenant_option
@click.option("--name", help="What the pages and mails call the place.")
@click.option("--primary-color", metavar="#RRGGBB", help="Of buttons and links; made darker or lighter to be readable.")
@click.option("--secondary-color", metavar="#RRGGBB", help="Of decoration.")
@click.option("--font-family", metavar="NAMES", help="Fonts of the reader's own device, the best first.")
@click.option("--theme", type=click.Choice(["system", "light", "dark"]), help="Light, dark, or as the reader's system.")
@click.option("--terms-url", metavar="URL", help="The terms of use, linked below every page.")
@click.option("--privacy-url", metavar="URL", help="The privacy policy, the same way.")
@click.option("--help-url", metavar="URL", help="Where people find help.")
@click.option("--logo", type=_file, metavar="FILE", help="PNG, JPEG, GIF or WebP.")
@click.option("--logo-dark", type=_file, metavar="FILE", help="The logo on dark pages.")
@click.option("--favicon", type=_file, metavar="FILE", help="The icon of the browser's tab; ICO too.")
@click.option("--background", type=_file, metavar="FILE", help="The picture behind the card.")
@click.option("--stylesheet", type=_file, metavar="FILE", help="CSS with surfaces, borders, fonts and spaces.")
@click.option("--header", type=_file, metavar="FILE", help="Words above the card: simple HTML.")
@click.option("--footer", type=_file, metavar="FILE", help="Words below it.")
@click.option("--reason", help="Why, for the record.")
@json_option
@with_settings
def set_branding(
    settings: Settings, /, *, tenant: str | None, reason: str | None, as_json: bool, **given: str | Path | None
) -> None:
    """Choose; what is not named stays as it is. Files are uploaded first."""
    wanted = {name: value for name, value in given.items() if value is not None}
    if not wanted:
        raise click.UsageError("name something to choose; see --help")

    contents = {name: (value, _read(value)) for name, value in wanted.items() if isinstance(value, Path)}

    async def change(op: Provider) -> dict[str, Any]:
        actor, tenant_id = await actors.command(op), await _id_of(op, tenant)
        chosen = {name: value for name, value in wanted.items() if name not in contents}
        tenant_settings.chosen({"branding": chosen})  # before anything is uploaded
        files = {
            name: _made(op, tenant_id, file, content, media_type=_TYPES.get(name))
            for name, (file, content) in contents.items()
        }
        await rules.add(op, actor, tenant_id, list(files.values()), origin=command_origin())
        chosen |= {name: made.id for name, made in files.items()}
        changes = {"branding": chosen}
        changed = await choices.change(op, actor, tenant_id, changes, reason=reason, origin=command_origin())
        return _changed(changed)

    show_one(run(settings, change), as_json=as_json)


@branding.command(epilog=example("hibana branding reset --tenant acme logo logo_dark"))
@click.argument("members", nargs=-1, type=click.Choice(_MEMBERS), metavar="[MEMBER]...")
@tenant_option
@click.option("--reason", help="Why, for the record.")
@json_option
@with_settings
def reset(
    settings: Settings, *, members: tuple[str, ...], tenant: str | None, reason: str | None, as_json: bool
) -> None:
    """Take choices back: those that are named, or all."""

    async def change(op: Provider) -> dict[str, Any]:
        taken_back = {"branding": dict.fromkeys(members) if members else None}
        actor, tenant_id = await actors.command(op), await _id_of(op, tenant)
        return _changed(await choices.change(op, actor, tenant_id, taken_back, reason=reason, origin=command_origin()))

    show_one(run(settings, change), as_json=as_json)


@branding.command(epilog=example("hibana branding upload --tenant acme autumn.png"))
@click.argument("file", type=_file, metavar="FILE")
@tenant_option
@json_option
@with_settings
def upload(settings: Settings, *, file: Path, tenant: str | None, as_json: bool) -> None:
    """Upload a picture, .css or .html without choosing it yet."""

    content = _read(file)

    async def add(op: Provider) -> dict[str, Any]:
        actor, tenant_id = await actors.command(op), await _id_of(op, tenant)
        media_type = _ENDINGS.get(file.suffix.lower())
        made = _made(op, tenant_id, file, content, media_type=media_type)
        await rules.add(op, actor, tenant_id, [made], origin=command_origin())
        return _described(made, {})

    show_one(run(settings, add), as_json=as_json)


@branding.command(epilog=example("hibana branding files --tenant acme"))
@tenant_option
@json_option
@with_settings
def files(settings: Settings, *, tenant: str | None, as_json: bool) -> None:
    """List what was uploaded."""

    async def read(op: Provider) -> list[dict[str, Any]]:
        actor, tenant_id = await actors.command(op), await _id_of(op, tenant)
        chosen = (await choices.show(op, actor, tenant_id)).settings.get("branding", {})
        found = await rules.of_tenant(op, actor, tenant_id, limit=rules.MOST_FILES)
        return [_described(each, chosen) for each in found]

    show(run(settings, read), COLUMNS, as_json=as_json)


@branding.command(epilog=example("hibana branding download 01981f6e-7a3c-7d21-9f0a-6b1f5c3e8d42 logo.png"))
@click.argument("file_id", metavar="ID")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--force", is_flag=True, help="Put it in the place of a file that is there already.")
@with_settings
def download(settings: Settings, *, file_id: str, file: Path, force: bool) -> None:
    """Write a file that was uploaded to a new one here."""

    async def read(op: Provider) -> bytes:
        return (await branding_files.locate(op.db, file_id)).raw

    content = run(settings, read)
    with new_file(file, replace=force) as stream:
        stream.write(content)
    click.echo(f"{file} written")


@branding.command(epilog=example("hibana branding remove 01981f6e-7a3c-7d21-9f0a-6b1f5c3e8d42"))
@click.argument("file_id", metavar="ID")
@json_option
@with_settings
def remove(settings: Settings, *, file_id: str, as_json: bool) -> None:
    """Remove a file that is not chosen."""

    async def write(op: Provider) -> None:
        found = await branding_files.locate(op.db, file_id)
        await rules.remove(op, await actors.command(op), found.tenant_id, found.id, origin=command_origin())

    run(settings, write)
    if as_json:
        print_json({"id": file_id, "deleted": True})
    else:
        click.echo(f"{file_id} removed")


async def _id_of(op: Provider, slug: str | None) -> str:
    return SYSTEM if slug is None else (await tenants.get_by_slug(op.db, slug)).id


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as fault:
        raise InvalidRecord(f"{file} cannot be read: {fault.strerror}") from None


def _made(op: Provider, tenant_id: str, file: Path, content: bytes, *, media_type: str | None) -> BrandingFile:
    """A file of this machine, to upload: a picture where nothing says that it is text."""
    try:
        if media_type is None:
            return rules.picture(op, tenant_id, content)
        return rules.text(op, tenant_id, content.decode(), media_type=media_type)
    except UnicodeDecodeError:
        raise InvalidRecord(f"{file} is no text in UTF-8") from None
    except InvalidRecord as fault:
        raise InvalidRecord(f"{file}: {fault}") from None


def _described(file: BrandingFile, chosen: dict[str, Any]) -> dict[str, Any]:
    uses = ", ".join(name for name in FILES if chosen.get(name) == file.id)
    return {
        "id": file.id,
        "media_type": file.media_type,
        "size": file.size,
        "width": file.width,
        "height": file.height,
        "chosen_as": uses or None,
        "created_at": file.created_at,
    }


def _changed(changed: Changed) -> dict[str, Any]:
    waiting = {"waits_for_approval": changed.change.id} if changed.change and changed.is_waiting else {}
    return {"tenant": changed.tenant.slug, "branding": changed.tenant.settings.get("branding", {}), **waiting}


def _address(op: Provider, path: str | None) -> str | None:
    return None if path is None else op.issuer + path
