"""`hibana registration-token`: with these, developers register apps themselves."""

import click

from hibana_op.cli.durations import Duration
from hibana_op.cli.output import example, json_option, print_json, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.config import Settings
from hibana_op.oauth import initial_access
from hibana_op.provider import Provider
from hibana_op.records import initial_access_tokens
from hibana_op.records.initial_access_tokens import InitialAccessToken

COLUMNS = ("id", "note", "used_count", "max_uses", "expires_at", "state")


@click.group("registration-token")
def registration_token() -> None:
    """Let developers register apps themselves."""


@registration_token.command(
    epilog=example("hibana registration-token create --max-uses 5 --expires-in 30d --note 'the shop team'")
)
@click.option("--max-uses", type=int, metavar="N", default=1, show_default=True, help="How many clients it is for.")
@click.option("--expires-in", "lifetime", type=Duration(), default="7d", show_default=True, help="How long it counts.")
@click.option("--note", metavar="TEXT", default="", help="For whom or what it is, for the list.")
@json_option
@with_settings
def create(settings: Settings, *, max_uses: int, lifetime: int, note: str, as_json: bool) -> None:
    """Make a token; it is shown this once."""

    async def make(op: Provider) -> dict[str, object]:
        made, text = await initial_access.create_token(
            op, max_uses=max_uses, lifetime=lifetime, note=note, origin=command_origin()
        )
        return {
            **_described(made, op.now()),
            "initial_access_token": text,
            "registration_endpoint": initial_access.endpoint(op),
        }

    show_one(run(settings, make), as_json=as_json)


@registration_token.command("list", epilog=example("hibana registration-token list"))
@json_option
@with_settings
def list_tokens(settings: Settings, *, as_json: bool) -> None:
    """List the tokens, those that count no more included."""

    async def read(op: Provider) -> list[dict[str, object]]:
        return [_described(each, op.now()) for each in await initial_access_tokens.every(op.db)]

    show(run(settings, read), COLUMNS, as_json=as_json)


@registration_token.command("show", epilog=example("hibana registration-token show ID"))
@click.argument("token_id", metavar="ID")
@json_option
@with_settings
def show_token(settings: Settings, *, token_id: str, as_json: bool) -> None:
    """Show a token, without the token itself."""

    async def read(op: Provider) -> dict[str, object]:
        return _described(await initial_access_tokens.get(op.db, token_id), op.now())

    show_one(run(settings, read), as_json=as_json)


@registration_token.command(epilog=example("hibana registration-token revoke ID"))
@click.argument("token_id", metavar="ID")
@json_option
@with_settings
def revoke(settings: Settings, *, token_id: str, as_json: bool) -> None:
    """Let no more clients be registered with a token. Those that were stay."""
    run(settings, lambda op: initial_access.revoke_token(op, token_id, command_origin()))
    if as_json:
        print_json({"id": token_id, "state": "revoked"})
    else:
        click.echo(f"revoked {token_id}")


def _described(token: InitialAccessToken, now: int) -> dict[str, object]:
    return {
        "id": token.id,
        "note": token.note,
        "used_count": token.used_count,
        "max_uses": token.max_uses,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "state": token.state(now),
    }
