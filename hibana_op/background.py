"""Everything that goes on beside the requests: inside the server, or alone in `hibana worker`."""

from collections.abc import Coroutine
from typing import Any

from hibana_op.jobs import retention
from hibana_op.jobs.deletions import erase_people
from hibana_op.jobs.housekeeping import keep_house
from hibana_op.jobs.logout import tell_apps
from hibana_op.jobs.mail import deliver, deliver_sms
from hibana_op.jobs.work import JobKind, Step, work
from hibana_op.login import deletion
from hibana_op.oauth import logout_tokens
from hibana_op.provider import Provider
from hibana_op.tenancy import many_invitations, many_members, many_people


async def _change_people(op: Provider, step: Step) -> dict[str, Any]:
    return await many_people.run(op, step.job, origin=step.origin, tell=step.tell)


async def _change_members(op: Provider, step: Step) -> dict[str, Any]:
    return await many_members.run(op, step.job, origin=step.origin, tell=step.tell)


async def _invite(op: Provider, step: Step) -> dict[str, Any]:
    return await many_invitations.run(op, step.job, origin=step.origin, tell=step.tell)


KINDS = {
    kind.name: kind
    for kind in (
        retention.KIND,
        JobKind(many_people.KIND, _change_people),
        JobKind(many_members.KIND, _change_members),
        JobKind(many_invitations.KIND, _invite),
    )
}


def services(op: Provider) -> tuple[Coroutine[Any, Any, None], ...]:
    """One coroutine for each kind of background work; any number of processes may run them over one database."""
    return (
        deliver(op),
        deliver_sms(op),
        tell_apps(op, logout_tokens.make),
        keep_house(op),
        erase_people(op, deletion.erase),
        work(op, KINDS),
    )
