"""What happened before: an audit log of many entries whose hash chain is real, the oldest first."""

import random
from collections.abc import Iterator, Sequence

from bench.scale.population import Columns, Population
from hibana_op.foundation.ids import uuid7
from hibana_op.records import audit_log
from hibana_op.records.audit_log import AuditEntry

DAY = 86400
DAYS = 80  # younger than what is taken out by itself
# What happened, and how often for one of the rarest.
ACTIONS = {
    "user:session:started": 300,
    "client:token:issued": 500,
    "client:token:refreshed": 150,
    "user:login:failed": 40,
    "user:password:changed": 5,
    "tenant:member:joined": 4,
    "tenant:member:suspended": 1,
}
_FAILED = "user:login:failed"


def entries(population: Population, clients: Sequence[str]) -> Iterator[AuditEntry]:
    """So many entries, spread evenly over the days up to now."""
    chance, count = random.Random(1), population.sizes.audit  # noqa: S311 - the same past in every database
    begin, seconds = population.now - DAYS * DAY, DAYS * DAY
    actions = chance.choices(list(ACTIONS), list(ACTIONS.values()), k=count)
    for number, action in enumerate(actions):
        person = chance.randrange(len(population.user_ids))
        tenant_id = population.tenant_ids[person % len(population.tenant_ids)]
        yield AuditEntry(
            id=uuid7(),
            created_at=begin + number * seconds // count,
            action=action,
            outcome="failure" if action == _FAILED else "success",
            actor_kind="user",
            user_id=population.user_ids[person],
            client_id=chance.choice(clients),
            tenant_id=tenant_id,
            resource_type="user",
            resource_id=population.user_ids[person],
            ip_address=f"203.0.113.{number % 250}",
            user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            trace_id=f"{number:032x}",
            metadata={"method": "password"},
        )


def chained(past: Iterator[AuditEntry], *, key: bytes) -> Iterator[Columns]:
    """The rows of a log that begins with these entries."""
    previous = ""
    for seq, entry in enumerate(past, start=1):
        columns = audit_log.linked(entry, seq=seq, previous=previous, key=key)
        previous = columns["hash"]
        yield columns
