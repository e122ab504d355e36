"""`hibana provider update`: what may change of another provider. Who it is stays."""

from typing import Any

import click

from hibana_op.cli.output import example, json_option, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.cli.provider_description import described
from hibana_op.cli.typed import read_password
from hibana_op.config import Settings
from hibana_op.login.federation import providers
from hibana_op.provider import Provider
from hibana_op.records import identity_providers


@click.command(
    epilog=example(
        "hibana provider update acme --name 'ACME people' --domain acme.example --domain acme.test",
        "hibana provider update acme --client-secret-stdin < secret.txt",
    )
)
@click.argument("slug")
@click.option("--name", help="What people read on the button.")
@click.option("--client-secret-stdin", is_flag=True, help="Read another secret from standard input.")
@click.option(
    "--domain", "domains", multiple=True, metavar="D", help="All that it answers for from now on; repeatable."
)
@click.option("--no-domains", is_flag=True, help="It answers for none any more.")
@json_option
@with_settings
def update(
    settings: Settings,
    *,
    slug: str,
    name: str | None,
    client_secret_stdin: bool,
    domains: tuple[str, ...],
    no_domains: bool,
    as_json: bool,
) -> None:
    """Change the name, secret or domains of a provider.

    `hibana provider renew` changes certificates, `enable` and `disable` whether people may sign in with it.
    """
    if domains and no_domains:
        raise click.UsageError("--domain and --no-domains exclude each other")
    changes: dict[str, Any] = {} if name is None else {"name": name}
    if domains or no_domains:
        changes["domains"] = domains
    if client_secret_stdin:
        changes["client_secret"] = read_password()
    if not changes:
        raise click.UsageError("nothing was named to change")

    async def write(op: Provider) -> dict[str, Any]:
        found = await identity_providers.get_by_slug(op.db, slug)
        return await described(op, await providers.update(op, found.id, changes, command_origin()))

    show_one(run(settings, write), as_json=as_json)
