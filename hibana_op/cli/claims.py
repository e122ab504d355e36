"""`hibana claims`: what tokens would say about a person, and why."""

from collections.abc import Sequence

import click

from hibana_op.cli.output import example, json_option, print_json, show, with_settings
from hibana_op.cli.people import find_person
from hibana_op.cli.provider import run
from hibana_op.config import Settings
from hibana_op.oauth import mappings
from hibana_op.oauth.claims import Explained, Preview
from hibana_op.oauth.mappings import Question
from hibana_op.provider import Provider


@click.group()
def claims() -> None:
    """Look at what tokens would say about a person."""


@claims.command(
    "preview",
    epilog=example("hibana claims preview --user alice@example.com --client CLIENT_ID --scope 'openid profile'"),
)
@click.option("--user", required=True, metavar="ID|EMAIL", help="The person.")
@click.option("--client", "client_id", required=True, metavar="ID", help="The client that asks.")
@click.option("--scope", required=True, help="The scopes it asks for, separated by spaces.")
@click.option("--resource", metavar="URL", help="The API that the access token is for.")
@click.option("--tenant", metavar="SLUG", help="The tenant that the person enters.")
@json_option
@with_settings
def preview(
    settings: Settings,
    *,
    user: str,
    client_id: str,
    scope: str,
    resource: str | None,
    tenant: str | None,
    as_json: bool,
) -> None:
    """Show each claim with its source, or the reason why it is absent."""

    async def ask(op: Provider) -> Preview:
        person = await find_person(op.db, user)
        question = Question(user_id=person.id, client_id=client_id, scope=scope, resource=resource, tenant=tenant)
        return await mappings.preview_for(op, question)

    found = run(settings, ask)
    places = {"id_token": found.id_token, "userinfo": found.userinfo, "access_token": found.access_token}
    if as_json:
        print_json({place: _rows(claims) for place, claims in places.items()})
        return
    for place, claims in places.items():
        click.echo(f"\n{place}")
        show(_rows(claims), ("claim", "value", "scope", "source", "absent"), as_json=False, empty="  no claims")


def _rows(claims: Sequence[Explained]) -> list[dict[str, object]]:
    return [
        {
            "claim": each.claim,
            "value": each.value if each.absent is None else None,
            "scope": each.scope,
            "source": each.source,
            "transformation": each.mapping.transformation if each.mapping else None,
            "condition": each.mapping.condition if each.mapping else None,
            "absent": each.absent,
        }
        for each in claims
    ]
