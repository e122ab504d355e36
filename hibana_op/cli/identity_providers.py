"""`hibana provider`: other providers that people may sign in with."""

from collections.abc import Awaitable, Callable
from typing import Any

import click

from hibana_op.cli.output import example, json_option, print_json, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.typed import read_password
from hibana_op.config import Settings
from hibana_op.foundation.errors import InvalidRecord
from hibana_op.login.federation import departure, providers
from hibana_op.login.federation.configuration import CLAIMS, TYPES, is_configured, upstream
from hibana_op.provider import Provider
from hibana_op.records import identity_providers
from hibana_op.records.identity_providers import IdentityProvider


@click.group()
def provider() -> None:
    """Say which other providers people may sign in with."""


@provider.command(
    epilog=example(
        "hibana provider create --slug acme --name 'ACME staff' --issuer https://login.acme.example "
        "--client-id hibana --client-secret-stdin --domain acme.example < secret.txt",
        "hibana provider create --type oauth --slug github --name GitHub --client-id abc "
        "--authorization-endpoint https://github.com/login/oauth/authorize "
        "--token-endpoint https://github.com/login/oauth/access_token "
        "--userinfo-endpoint https://api.github.com/user --emails-endpoint https://api.github.com/user/emails "
        "--scope read:user --scope user:email --client-secret-stdin < secret.txt",
    )
)
@click.option("--slug", required=True, metavar="S", help="Its name in addresses: ISSUER/federation/S/callback.")
@click.option("--name", required=True, help="What people read on the button.")
@click.option(
    "--type",
    "provider_type",
    type=click.Choice(TYPES),
    default="oidc",
    show_default=True,
    help="OpenID Connect, or OAuth 2.0 with a userinfo endpoint.",
)
@click.option("--client-id", required=True, metavar="ID", help="What it calls us.")
@click.option("--client-secret-stdin", is_flag=True, help="Read the client secret from standard input.")
@click.option("--issuer", metavar="URL", help="oidc: its issuer, exactly as it writes it.")
@click.option("--authorization-endpoint", metavar="URL", help="oauth: where people are sent.")
@click.option("--token-endpoint", metavar="URL", help="oauth: where codes are redeemed.")
@click.option("--userinfo-endpoint", metavar="URL", help="oauth: where it says who somebody is.")
@click.option("--emails-endpoint", metavar="URL", help="oauth: a list of addresses, as GitHub gives it.")
@click.option("--scope", "scopes", multiple=True, metavar="S", help="What is asked for; repeatable.")
@click.option(
    "--claim",
    "claims",
    multiple=True,
    metavar="OURS=THEIRS",
    help=f"oauth: what its userinfo calls {', '.join(CLAIMS)}; repeatable.",
)
@click.option(
    "--domain",
    "domains",
    multiple=True,
    metavar="D",
    help="An e-mail domain it answers for: people with such an address are sent there, and confirmed addresses link "
    "accounts. Repeatable.",
)
@click.option("--create-people", is_flag=True, help="Whoever it knows gets an account, even where nobody can sign up.")
@click.option("--trust-email", is_flag=True, help="New accounts may be made with any address that it confirms.")
@json_option
@with_settings
def create(
    settings: Settings,
    /,
    *,
    slug: str,
    name: str,
    provider_type: str,
    client_secret_stdin: bool,
    scopes: tuple[str, ...],
    claims: tuple[str, ...],
    domains: tuple[str, ...],
    as_json: bool,
    **members: Any,
) -> None:
    """Add a provider. One of type oidc is asked at once who it is."""
    secret = read_password() if client_secret_stdin else None
    config = {name: value for name, value in members.items() if value not in (None, False)}
    if scopes:
        config["scopes"] = list(scopes)
    if claims:
        config["claims"] = dict(_split(each) for each in claims)

    async def make(op: Provider) -> dict[str, Any]:
        made = await providers.create(
            op,
            slug=slug,
            name=name,
            provider_type=provider_type,
            config=config,
            client_secret=secret,
            domains=domains,
            origin=command_origin(),
        )
        return await _described(op, made)

    show_one(run(settings, make), as_json=as_json)


def _split(text: str) -> tuple[str, str]:
    ours, equals, theirs = text.partition("=")
    if not equals:
        raise InvalidRecord(f"--claim {text[:80]!r} is not of the form OURS=THEIRS")
    return ours, theirs


@provider.command("list", epilog=example("hibana provider list"))
@json_option
@with_settings
def list_providers(settings: Settings, *, as_json: bool) -> None:
    """List the providers."""

    async def read(op: Provider) -> list[dict[str, Any]]:
        return [await _described(op, each) for each in await identity_providers.every(op.db)]

    show(run(settings, read), ("slug", "name", "type", "enabled", "configured", "domains"), as_json=as_json)


@provider.command("show", epilog=example("hibana provider show acme"))
@click.argument("slug")
@json_option
@with_settings
def show_provider(settings: Settings, *, slug: str, as_json: bool) -> None:
    """Show a provider, with the redirect URI to register there."""
    _show(settings, lambda op: identity_providers.get_by_slug(op.db, slug), as_json=as_json)


@provider.command(epilog=example("hibana provider enable acme"))
@click.argument("slug")
@json_option
@with_settings
def enable(settings: Settings, *, slug: str, as_json: bool) -> None:
    """Let people sign in with a provider again."""
    _switch(settings, slug, enabled=True, as_json=as_json)


@provider.command(epilog=example("hibana provider disable acme"))
@click.argument("slug")
@json_option
@with_settings
def disable(settings: Settings, *, slug: str, as_json: bool) -> None:
    """Close a provider, also to people who are on their way back from it."""
    _switch(settings, slug, enabled=False, as_json=as_json)


@provider.command(epilog=example("hibana provider delete acme"))
@click.argument("slug")
@json_option
@with_settings
def delete(settings: Settings, *, slug: str, as_json: bool) -> None:
    """Remove a provider, and every link to an account there."""
    removed = run(settings, lambda op: providers.delete(op, slug, command_origin()))
    if as_json:
        print_json({"id": removed.id, "slug": slug, "deleted": True})
    else:
        click.echo(f"removed {slug}")


@provider.command(
    epilog=example(
        "hibana provider choose 0192f0c2-3c1f-7c1e-8a51-3f3a8c0e9b11 --provider acme",
        "hibana provider choose 0192f0c2-3c1f-7c1e-8a51-3f3a8c0e9b11",
    )
)
@click.argument("client_id")
@click.option("--provider", "slugs", multiple=True, metavar="SLUG", help="Repeatable; without it, all are shown again.")
@json_option
@with_settings
def choose(settings: Settings, *, client_id: str, slugs: tuple[str, ...], as_json: bool) -> None:
    """Say which providers an app shows."""

    async def write(op: Provider) -> dict[str, Any]:
        await providers.choose(op, client_id, slugs, command_origin())
        return {"client_id": client_id, "providers": await identity_providers.chosen_for(op.db, client_id)}

    show_one(run(settings, write), as_json=as_json)


def _switch(settings: Settings, slug: str, *, enabled: bool, as_json: bool) -> None:
    async def switch(op: Provider) -> IdentityProvider:
        return await providers.set_enabled(op, slug, enabled=enabled, origin=command_origin())

    _show(settings, switch, as_json=as_json)


def _show(settings: Settings, find: Callable[[Provider], Awaitable[IdentityProvider]], *, as_json: bool) -> None:
    async def read(op: Provider) -> dict[str, Any]:
        return await _described(op, await find(op))

    show_one(run(settings, read), as_json=as_json)


async def _described(op: Provider, each: IdentityProvider) -> dict[str, Any]:
    """A provider as administrators may see it: never its secret."""
    known = upstream(op, each)
    return {
        "id": each.id,
        "slug": each.slug,
        "name": each.name,
        "type": each.provider_type,
        "enabled": each.enabled,
        "configured": is_configured(op, each),
        "redirect_uri": departure.redirect_uri(op, each.slug),
        "has_secret": known is not None and known.client_secret is not None,
        "domains": await identity_providers.domains_of(op.db, each.id),
        "config": dict(each.config),
        "created_at": each.created_at,
        "updated_at": each.updated_at,
    }
