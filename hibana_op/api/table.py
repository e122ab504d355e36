"""Every collection of the API, in one table.

To add one:

1. Write `api/<collection>.py`: a `Given` for what is shown, a `Taken` for each body, a `Listing` for the query of a
   list, and `OPERATIONS`. Members that nobody may write are in no `Taken`.
2. Name the permission of each operation, and `where` it must be held: `in_deployment`, `in_named_tenant`, or a
   function that loads the thing by `asked.id` and answers its tenant; it raises NotFound for what is not there.
3. A handler calls one rule of floor 3 with `asked.actor` and `asked.origin`; it has no SQL and decides nothing.
4. Lists go through `paging.page`; times through `shapes.moment`; a POST that creates has `status=201`. The orders of
   a list stand beside its records (`records/ordering.py`) and in the `sort` of its query; each has an index, or is for
   one tenant alone. A thing that changes has its row in `records/row_locks.py`, for `If-Match`.
5. Put the module into COLLECTIONS, and a specimen of it into `tests/api/specimens/`: roles, tenants and fuzzing are
   tested from this table, and an operation without a specimen fails.
"""

from collections.abc import Iterable

from hibana_op.api import (
    api_keys,
    audit_events,
    branding,
    branding_files,
    bulk,
    claims,
    client_grants,
    clients,
    cross_tenant_users,
    groups,
    identity_providers,
    impersonation,
    invitations,
    invited_users,
    ip_allowlists,
    jobs,
    join_codes,
    lockouts,
    me,
    memberships,
    permissions,
    registration_tokens,
    resource_servers,
    role_assignments,
    roles,
    scope_mappings,
    sessions,
    settings,
    signing_keys,
    software_publishers,
    staff,
    tenant_changes,
    tenant_domains,
    tenants,
    traces,
    units,
    user_actions,
    user_fields,
    users,
)
from hibana_op.api.operation import Operation

# In the order of the documentation.
COLLECTIONS = (
    me,
    users,
    user_actions,
    impersonation,
    invited_users,
    user_fields,
    sessions,
    lockouts,
    clients,
    registration_tokens,
    software_publishers,
    resource_servers,
    client_grants,
    scope_mappings,
    claims,
    identity_providers,
    tenants,
    tenant_changes,
    tenant_domains,
    cross_tenant_users,
    staff,
    units,
    groups,
    memberships,
    join_codes,
    invitations,
    roles,
    role_assignments,
    permissions,
    ip_allowlists,
    api_keys,
    signing_keys,
    audit_events,
    traces,
    settings,
    branding,
    branding_files,
    bulk,
    jobs,
)

OPERATIONS: tuple[Operation, ...] = tuple(each for collection in COLLECTIONS for each in collection.OPERATIONS)


def by_path(operations: Iterable[Operation] = OPERATIONS) -> dict[str, list[Operation]]:
    """The operations at each path; one that is written out comes before one that an id would fit, too."""
    found: dict[str, list[Operation]] = {}
    for operation in sorted(operations, key=lambda each: "{" in each.path):
        found.setdefault(operation.path, []).append(operation)
    return found
