"""`hibana provider`: other providers that people may sign in with."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, BinaryIO, TextIO

import click

from hibana_op.cli import provider_changes
from hibana_op.cli.output import example, json_option, nothing, print_json, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.provider_description import described
from hibana_op.cli.tenant_named import required_tenant_id, tenant_id_of, tenant_option
from hibana_op.cli.typed import read_password
from hibana_op.config import Settings
from hibana_op.foundation.errors import InvalidRecord
from hibana_op.login.federation import directory_check, providers
from hibana_op.login.federation.configuration import upstream
from hibana_op.login.federation.directory_check import Step
from hibana_op.login.federation.saml.names import MEMBERS, NAME_ID_FORMATS
from hibana_op.login.federation.types import TYPES, ldap
from hibana_op.login.federation.types.ldap import ATTRIBUTES, SUBJECT, USER_ATTRIBUTES
from hibana_op.login.federation.types.oauth import CLAIMS
from hibana_op.provider import Provider
from hibana_op.records import identity_providers
from hibana_op.records.identity_providers import IdentityProvider

metadata_option = click.option(
    "--metadata-file",
    type=click.File("rb"),
    help="saml: what it says of itself; gives --entity-id, --sso-url and --certificate-file.",
)
certificate_option = click.option(
    "--certificate-file",
    "certificate_files",
    type=click.File("r"),
    multiple=True,
    help="saml: certificates that its signatures are checked with, in PEM form; repeatable.",
)


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
        "hibana provider create --type saml --slug staff --name 'ACME staff' --metadata-file idp.xml "
        "--domain acme.example --trust-email --create-people",
        "hibana provider create --type ldap --slug corp --name Corp --url ldaps://directory.corp.example "
        "--base dc=corp,dc=example --bind-dn cn=hibana,dc=corp,dc=example --client-secret-stdin "
        "--domain corp.example --trust-email --create-people < secret.txt",
    )
)
@click.option("--slug", required=True, metavar="S", help="Its name in addresses: ISSUER/federation/S/callback.")
@click.option("--name", required=True, help="What people read on the button.")
@click.option(
    "--type",
    "provider_type",
    type=click.Choice(list(TYPES)),
    default="oidc",
    show_default=True,
    help="OpenID Connect, OAuth 2.0 with a userinfo endpoint, SAML 2.0, or an LDAP directory.",
)
@click.option("--client-id", metavar="ID", help="oidc, oauth: what it calls us.")
@click.option(
    "--client-secret-stdin",
    is_flag=True,
    help="Read the client secret, or the service account's password, from standard input.",
)
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
@metadata_option
@click.option("--entity-id", metavar="URI", help="saml: what it is called.")
@click.option("--sso-url", metavar="URL", help="saml: where people are sent, by HTTP-Redirect.")
@certificate_option
@click.option(
    "--name-id-format",
    type=click.Choice(list(NAME_ID_FORMATS)),
    help="saml: how it names people.  [default: persistent]",
)
@click.option(
    "--attribute",
    "attributes",
    multiple=True,
    metavar="OURS=THEIRS",
    help=f"saml: what its attributes call {', '.join(MEMBERS)}; ldap: {', '.join(ATTRIBUTES)}. Repeatable.",
)
@click.option("--url", metavar="URL", help="ldap: ldaps://HOST, or ldap://HOST with --start-tls.")
@click.option("--start-tls", is_flag=True, help="ldap: begin in plain text and agree on TLS before anything is said.")
@click.option("--base", metavar="DN", help="ldap: the entry below which people are looked for.")
@click.option("--bind-dn", metavar="DN", help="ldap: the service account that looks for them.")
@click.option(
    "--user-attribute",
    "user_attributes",
    multiple=True,
    metavar="NAME",
    help=f"ldap: what people may type as their name; repeatable.  [default: {', '.join(USER_ATTRIBUTES)}]",
)
@click.option(
    "--subject",
    metavar="NAME",
    help=f"ldap: what an entry is known by, objectGUID for Active Directory.  [default: {SUBJECT}]",
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
@tenant_option
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
    metadata_file: BinaryIO | None,
    certificate_files: tuple[TextIO, ...],
    attributes: tuple[str, ...],
    user_attributes: tuple[str, ...],
    domains: tuple[str, ...],
    tenant: str | None,
    as_json: bool,
    **members: Any,
) -> None:
    """Add a provider. One of type oidc is asked at once who it is."""
    secret = read_password() if client_secret_stdin else None
    config = {name: value for name, value in members.items() if value not in (None, False)}
    if scopes:
        config["scopes"] = list(scopes)
    if claims:
        config["claims"] = dict(_split("--claim", each) for each in claims)
    if attributes:
        config["attributes"] = dict(_split("--attribute", each) for each in attributes)
    if user_attributes:
        config["user_attributes"] = list(user_attributes)
    config = {**_told_by_files(metadata_file, certificate_files), **config}

    async def make(op: Provider) -> dict[str, Any]:
        made = await providers.create(
            op,
            slug=slug,
            name=name,
            provider_type=provider_type,
            config=config,
            client_secret=secret,
            domains=domains,
            tenant_id=await tenant_id_of(op, tenant),
            origin=command_origin(),
        )
        return await described(op, made)

    show_one(run(settings, make), as_json=as_json)


def _told_by_files(metadata_file: BinaryIO | None, certificate_files: tuple[TextIO, ...]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if metadata_file is not None:
        from hibana_op.login.federation.saml import idp_metadata  # noqa: PLC0415 -- other commands need no XML

        told = idp_metadata.read(metadata_file.read())
    return {**told, **({"certificates": [each.read() for each in certificate_files]} if certificate_files else {})}


def _split(option: str, text: str) -> tuple[str, str]:
    ours, equals, theirs = text.partition("=")
    if not equals:
        raise InvalidRecord(f"{option} {text[:80]!r} is not of the form OURS=THEIRS")
    return ours, theirs


@provider.command("list", epilog=example("hibana provider list"))
@click.option("--search", default="", help="Part of a slug or name.")
@click.option("--tenant", metavar="SLUG", help="Only providers of this tenant.")
@json_option
@with_settings
def list_providers(settings: Settings, *, search: str, tenant: str | None, as_json: bool) -> None:
    """List the providers."""

    async def read(op: Provider) -> list[dict[str, Any]]:
        tenant_id = None if tenant is None else await required_tenant_id(op, tenant)
        found: list[IdentityProvider] = []
        while page := await identity_providers.page(
            op.db, tenant_id=tenant_id, search=search, after=found[-1].id if found else ""
        ):
            found += page
        return [await described(op, each) for each in found]

    columns = ("slug", "name", "type", "enabled", "configured", "domains")
    show(run(settings, read), columns, as_json=as_json, empty=nothing(search, tenant))


@provider.command("show", epilog=example("hibana provider show acme"))
@click.argument("slug")
@json_option
@with_settings
def show_provider(settings: Settings, *, slug: str, as_json: bool) -> None:
    """Show a provider, with the redirect URI to register there."""
    _show(settings, lambda op: identity_providers.get_by_slug(op.db, slug), as_json=as_json)


@provider.command(epilog=example("hibana provider test corp --username alice < password.txt"))
@click.argument("slug")
@click.option("--username", required=True, metavar="NAME", help="Somebody who is to be let in.")
@json_option
@with_settings
def test(settings: Settings, *, slug: str, username: str, as_json: bool) -> None:
    """Try an LDAP directory step by step.

    Goes the way of a sign-in and says what works. The person's password is read from standard input; with an empty
    line everything before it is tried.
    """
    password = read_password()

    async def try_it(op: Provider) -> list[Step]:
        known = upstream(op, await identity_providers.get_by_slug(op.db, slug))
        if known is None or known.type != ldap.TYPE.name:
            raise InvalidRecord(f"{slug} is no directory; sign in with it to try it")
        return [step async for step in directory_check.steps(op, known, username=username, password=password)]

    taken = run(settings, try_it)
    show([asdict(step) for step in taken], ("name", "works", "detail"), as_json=as_json)
    if not all(step.works for step in taken):
        raise click.exceptions.Exit(1)


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


@provider.command(epilog=example("hibana provider renew staff --metadata-file idp.xml"))
@click.argument("slug")
@metadata_option
@certificate_option
@json_option
@with_settings
def renew(
    settings: Settings,
    *,
    slug: str,
    metadata_file: BinaryIO | None,
    certificate_files: tuple[TextIO, ...],
    as_json: bool,
) -> None:
    """Take the new certificates of a provider of SAML.

    Signatures are checked with these from now on, and with those from before no more.
    """
    told = _told_by_files(metadata_file, certificate_files)
    _show(settings, lambda op: providers.set_certificates(op, slug, told, command_origin()), as_json=as_json)


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


provider.add_command(provider_changes.update)


def _switch(settings: Settings, slug: str, *, enabled: bool, as_json: bool) -> None:
    async def switch(op: Provider) -> IdentityProvider:
        return await providers.set_enabled(op, slug, enabled=enabled, origin=command_origin())

    _show(settings, switch, as_json=as_json)


def _show(settings: Settings, find: Callable[[Provider], Awaitable[IdentityProvider]], *, as_json: bool) -> None:
    async def read(op: Provider) -> dict[str, Any]:
        return await described(op, await find(op))

    show_one(run(settings, read), as_json=as_json)
