"""`hibana`: one table of commands, each imported only when it is called."""

import errno
import logging
from collections.abc import Iterator
from importlib import import_module

import click

from hibana_op import __version__

# name → where its click command is, and the line `hibana --help` shows for it.
COMMANDS = {
    "dev": ("hibana_op.cli.dev:dev", "A demo on this machine, ready in seconds."),
    "serve": ("hibana_op.cli.serve:serve", "Production: serve people and apps."),
    "worker": ("hibana_op.cli.worker:worker", "Do the background work on a machine of its own."),
    "migrate": ("hibana_op.cli.migrate:migrate", "Bring the database to another version of its schema."),
    "user": ("hibana_op.cli.users:user", "Add and look after people."),
    "session": ("hibana_op.cli.sessions:session", "See who is signed in, and sign people out."),
    "lockout": ("hibana_op.cli.lockouts:lockout", "See who has to wait because of failed sign-ins."),
    "client": ("hibana_op.cli.clients:client", "Register and change apps."),
    "registration-token": (
        "hibana_op.cli.registration_tokens:registration_token",
        "Let developers register apps themselves.",
    ),
    "software-publisher": (
        "hibana_op.cli.software_publishers:software_publisher",
        "Say whose statements about software count.",
    ),
    "provider": ("hibana_op.cli.identity_providers:provider", "Say which other providers people may sign in with."),
    "resource": ("hibana_op.cli.resources:resource", "Register APIs, and say which apps may use them."),
    "tenant": ("hibana_op.cli.tenants:tenant", "Add and look after tenants."),
    "tenant-domain": ("hibana_op.cli.tenant_domains:domain", "Say which e-mail domains belong to a tenant."),
    "unit": ("hibana_op.cli.units:unit", "Add and look after organisation units."),
    "group": ("hibana_op.cli.groups:group", "Put people of a tenant in groups."),
    "membership": ("hibana_op.cli.memberships:membership", "Say who belongs to which tenant."),
    "join-code": ("hibana_op.cli.join_codes:join_code", "Make codes with which people join a tenant."),
    "invitation": ("hibana_op.cli.invitations:invitation", "Invite people into a tenant."),
    "scope-mapping": ("hibana_op.cli.mappings:mapping", "Say which claims a scope gives."),
    "user-field": ("hibana_op.cli.fields:field", "Add fields of your own to people."),
    "claims": ("hibana_op.cli.claims:claims", "Look at what tokens would say about a person."),
    "role": ("hibana_op.cli.roles:role", "Say what people may do."),
    "permission": ("hibana_op.cli.permissions:permission", "Say what there is to be allowed."),
    "role-assignment": ("hibana_op.cli.role_assignments:role_assignment", "Give people roles, and take them away."),
    "ip-allowlist": ("hibana_op.cli.ip_allowlists:ip_allowlist", "Say from where people of a tenant may act."),
    "staff": ("hibana_op.cli.staff:staff", "Ask more of those who hold roles in the deployment."),
    "api-key": ("hibana_op.cli.api_keys:api_key", "Make keys with which programs call the management API."),
    "keys": ("hibana_op.cli.keys:keys", "Rotate and retire the keys that sign, decrypt and seal."),
    "trace": ("hibana_op.cli.trace:trace", "See why requests were refused."),
    "branding": ("hibana_op.cli.branding:branding", "Choose the name, colours and pictures of the hosted pages."),
    "settings": ("hibana_op.cli.settings:settings", "Choose how people sign in: for everybody, or in one tenant."),
    "job": ("hibana_op.cli.jobs:job", "See what goes on in the background, and end it."),
    "audit": ("hibana_op.cli.audit:audit", "Read, check and export the log of what happened."),
    "backup": ("hibana_op.cli.backup:backup", "Write a copy of the whole database to a file."),
    "restore": ("hibana_op.cli.backup:restore", "Put a copy in the place of the whole database."),
    "config": ("hibana_op.cli.config:config", "Check or show the settings."),
    "doctor": ("hibana_op.cli.doctor:doctor", "Say what is wrong with a deployment, and how to mend it."),
    "healthcheck": ("hibana_op.cli.healthcheck:healthcheck", "Exit 0 when a running server is ready."),
}


class Commands(click.Group):
    """The group over COMMANDS, and the one place where a failure becomes a line and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command that is called."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)  # noqa: S101 -- a wrong row above, nothing a user can cause
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse bytes that are no text, before any command meets them."""
        try:
            "".join(args).encode()
        except UnicodeEncodeError:
            raise click.UsageError("an argument is not UTF-8", ctx) from None
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a refusal or failure is told in one line (wrong settings: one line each)."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as failure:
            if isinstance(failure, OSError) and failure.errno == errno.EPIPE:
                raise  # the reader of a pipe has gone: click leaves quietly
            from hibana_op.cli.output import complain  # noqa: PLC0415 -- only on the way out

            logging.getLogger("hibana").debug("the command failed", exc_info=failure)
            for line in _reasons(failure):
                complain(line)
            raise click.exceptions.Exit(1) from None


def _reasons(failure: Exception) -> Iterator[str]:
    from hibana_op.foundation.errors import (  # noqa: PLC0415 -- only on the way out
        Busy,
        LoginRefused,
        Refusal,
        WrongSettings,
    )
    from hibana_op.web import words  # noqa: PLC0415 -- as above

    if isinstance(failure, WrongSettings):
        yield from failure.faults
    elif isinstance(failure, LoginRefused):
        yield words.why("en", failure)
    elif isinstance(failure, Refusal | Busy):
        yield str(failure) or type(failure).__name__
    else:
        yield f"{type(failure).__name__}: {failure}"


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="Hibana")
def hibana() -> None:
    """Hibana: a self-hosted OpenID Connect identity provider."""
