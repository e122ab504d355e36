"""`hibana keys`: the keys that sign and decrypt tokens, and the master key that seals them."""

import json

import click

from hibana_op.cli.output import example, json_option, print_json, show, show_one, with_settings
from hibana_op.cli.provider import command_origin, run
from hibana_op.config import Settings, replace_generated_master_key
from hibana_op.foundation import jose
from hibana_op.foundation.errors import NotFound
from hibana_op.foundation.vault import generate_master_key
from hibana_op.operations import keys as acts
from hibana_op.provider import Provider
from hibana_op.records import signing_keys
from hibana_op.records.signing_keys import StoredKey

COLUMNS = ("kid", "algorithm", "state", "active_from", "retires_at", "expires_at")
MADE = """\
The secrets in the database now rest under a new master key:

  {key}

Keep it, and start every server anew with it in HIBANA_MASTER_KEY. Backups taken before need the old key."""
PREPARED = """\
A new master key; nothing has changed yet:

  {key}

1. Start every server anew with it in HIBANA_MASTER_KEY, and the key used until now in HIBANA_MASTER_KEY_PREVIOUS.
2. With the same two settings, run `hibana keys master`: it seals every secret under the new key."""
SEALED = "{count} secrets rest under the new master key; take HIBANA_MASTER_KEY_PREVIOUS away when you like."


@click.group()
def keys() -> None:
    """Rotate and retire the keys that sign, decrypt and seal."""


@keys.command("list", epilog=example("hibana keys list"))
@json_option
@with_settings
def list_keys(settings: Settings, *, as_json: bool) -> None:
    """List every key that signs or decrypts, those out of use included."""

    async def read(op: Provider) -> list[dict[str, object]]:
        return [_described(each, op.now()) for each in await signing_keys.every(op.db)]

    show(run(settings, read), COLUMNS, as_json=as_json)


@keys.command("show", epilog=example("hibana keys show KID"))
@click.argument("kid")
@json_option
@with_settings
def show_key(settings: Settings, *, kid: str, as_json: bool) -> None:
    """Show a key and its public part. The private part never leaves the server."""

    async def read(op: Provider) -> dict[str, object]:
        found = await signing_keys.find(op.db, kid)
        if found is None:
            raise NotFound(f"no key is named {kid}")
        return {**_described(found, op.now()), "public_jwk": json.loads(found.public_jwk)}

    show_one(run(settings, read), as_json=as_json)


@keys.command(epilog=example("hibana keys rotate --alg ES256"))
@click.option(
    "--alg",
    "algorithm",
    type=click.Choice(jose.KEY_ALGORITHMS),
    default="RS256",
    show_default=True,
    help="The algorithm whose key changes.",
)
@json_option
@with_settings
def rotate(settings: Settings, *, algorithm: str, as_json: bool) -> None:
    """Publish the next key. It signs ten minutes later, when every app can have fetched it.

    RSA-OAEP and ECDH-ES name the keys that apps encrypt to. A new one takes the place of the old in a few
    seconds; the old one opens what was under way for another day.
    """

    async def publish(op: Provider) -> dict[str, object]:
        return _described(await acts.rotate(op, algorithm, command_origin()), op.now())

    show_one(run(settings, publish), as_json=as_json)


@keys.command(epilog=example("hibana keys retire KID"))
@click.argument("kid")
@json_option
@with_settings
def retire(settings: Settings, *, kid: str, as_json: bool) -> None:
    """Revoke a key at once. What it signed or opens counts no more, and it is replaced when it was needed."""
    done = run(settings, lambda op: acts.retire(op, kid, command_origin()))
    replacement = done.replacement.kid if done.replacement else None
    if as_json:
        print_json({"kid": kid, "state": "revoked", "replacement": replacement})
        return
    click.echo(f"revoked {kid}")
    if replacement:
        click.echo(f"published {replacement} in its place")


@keys.command(epilog=example("hibana keys master --prepare", "hibana keys master"))
@click.option("--prepare", is_flag=True, help="Only print a new key, for a change without any restart in between.")
@json_option
@with_settings
def master(settings: Settings, *, prepare: bool, as_json: bool) -> None:
    """Print a new master key and seal every secret under it.

    Servers that run go on; start them anew with the new key soon. To change the key of several servers one
    after the other, print one with --prepare, start each server with HIBANA_MASTER_KEY=new and
    HIBANA_MASTER_KEY_PREVIOUS=old, then run this with the same two settings.
    """
    if prepare:
        step = acts.MasterKeyStep(new_key=generate_master_key(), sealed=0)
    else:
        step = run(settings, lambda op: acts.rotate_master(op, command_origin()))
    if not prepare and step.new_key is not None:
        replace_generated_master_key(settings, step.new_key)
    if as_json:
        print_json({"new_key": step.new_key, "sealed": step.sealed})
    elif step.new_key is not None:
        click.echo((PREPARED if prepare else MADE).format(key=step.new_key))
    else:
        click.echo(SEALED.format(count=step.sealed))


def _described(key: StoredKey, now: int) -> dict[str, object]:
    return {
        "kid": key.kid,
        "algorithm": key.algorithm,
        "state": key.state(now),
        "created_at": key.created_at,
        "active_from": key.active_from,
        "retires_at": key.retires_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }
