"""Whatever the API changes is in the audit log, with who did it: made from the table of operations (Q01)."""

from pathlib import Path

import pytest

from hibana_op.provider import Provider
from hibana_op.records import audit_log
from tests.api.credentials import person_token, with_role
from tests.api.specimens import seed_side, specimens
from tests.api.test_isolation import Call
from tests.api.test_roles import COLLECTIONS, in_order
from tests.deployment import deploy

# What is sent with POST and changes nothing.
ASKS = {("POST", "/claims/preview")}
# What the specimen asks for is so already, or is not there to be done.
DONE_ALREADY = {
    ("PATCH", "/tenant-domains/{id}"),
    ("PUT", "/groups/{id}/members/{membership_id}"),
    ("POST", "/tenant-domains/{id}/verify"),
    ("POST", "/tenant-domains/{id}/vouch"),
    ("POST", "/users/{id}/end-sessions"),
    ("POST", "/users/{id}/unlock"),
}


@pytest.mark.parametrize("collection", COLLECTIONS)
async def test_Q01_every_operation_that_changes_something_is_told_with_who_did_it(
    collection: str, tmp_path: Path
) -> None:
    async with deploy(
        f"sqlite:///{tmp_path / 'hibana.db'}", tmp_path, HIBANA_SMTP__URL="smtp://127.0.0.1:9"
    ) as deployment:
        op = deployment.op
        side = await seed_side(op, "CANARYA")
        root = await with_role(op, "super_admin")
        token = await person_token(op, root)
        for operation in in_order(collection):
            key = operation.method, operation.path
            if operation.method == "GET" or key in ASKS:
                continue
            before = await newest(op)
            answer = await Call(deployment, operation, specimens()[key], token).own(side)
            told = f"{operation.method} {operation.path}: {answer.status_code} {answer.text}"
            assert answer.is_success, told
            events = await audit_log.page(op.db, limit=before + 100)
            by_root = [each.action for each in events if each.seq > before and each.user_id == root.id]
            assert bool(by_root) != (key in DONE_ALREADY), told


async def newest(op: Provider) -> int:
    """The number of the newest entry of the log."""
    entries = await audit_log.page(op.db, limit=1)
    return entries[0].seq if entries else 0
