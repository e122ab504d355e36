"""What nobody can use any more and nobody needs to look at, taken out in small steps.

Nothing relies on this: every lookup has the expiry in its own WHERE. It only keeps the tables small.
"""

from hibana_op.storage.database import Session

DAY = 86400
BATCH = 500

# Each statement removes a bounded number of rows that ended before :before. A family takes its codes and
# refresh tokens along, so it stays a day longer than anything that could be replayed.
_STATEMENTS = (
    (DAY, "DELETE FROM interactions WHERE id IN (SELECT id FROM interactions WHERE expires_at < :before LIMIT :batch)"),
    (
        DAY,
        """DELETE FROM token_families WHERE id IN (
             SELECT id FROM token_families WHERE expires_at < :before LIMIT :batch)""",
    ),
    (
        DAY,
        """DELETE FROM access_tokens WHERE token_hash IN (
             SELECT token_hash FROM access_tokens WHERE expires_at < :before LIMIT :batch)""",
    ),
    (
        0,
        """DELETE FROM revoked_tokens WHERE jti IN (
             SELECT jti FROM revoked_tokens WHERE expires_at < :before LIMIT :batch)""",
    ),
    (
        0,
        """DELETE FROM jti_seen WHERE (client_id, jti_hash) IN (
             SELECT client_id, jti_hash FROM jti_seen WHERE expires_at < :before LIMIT :batch)""",
    ),
    (
        DAY,
        """DELETE FROM verification_tokens WHERE token_hash IN (
             SELECT token_hash FROM verification_tokens WHERE expires_at < :before LIMIT :batch)""",
    ),
    (
        DAY,
        """DELETE FROM verification_codes WHERE id IN (
             SELECT id FROM verification_codes WHERE expires_at < :before LIMIT :batch)""",
    ),
    (
        0,
        """DELETE FROM trusted_devices WHERE token_hash IN (
             SELECT token_hash FROM trusted_devices WHERE expires_at < :before LIMIT :batch)""",
    ),
    (
        0,
        """DELETE FROM impersonation_requests WHERE token_hash IN (
             SELECT token_hash FROM impersonation_requests WHERE expires_at < :before LIMIT :batch)""",
    ),
    (90 * DAY, "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < :before LIMIT :batch)"),
    (
        DAY,
        """DELETE FROM account_lockouts WHERE subject IN (
             SELECT subject FROM account_lockouts WHERE counted_from < :before LIMIT :batch)""",
    ),
    (
        0,
        """DELETE FROM idempotency_keys WHERE key_hash IN (
             SELECT key_hash FROM idempotency_keys WHERE expires_at < :before LIMIT :batch)""",
    ),
    (30 * DAY, "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE finished_at < :before LIMIT :batch)"),
    (
        0,
        """DELETE FROM refusal_traces WHERE id IN (
             SELECT id FROM refusal_traces WHERE expires_at < :before LIMIT :batch)""",
    ),
    (
        DAY,
        """DELETE FROM logout_deliveries WHERE id IN (
             SELECT id FROM logout_deliveries WHERE created_at < :before LIMIT :batch)""",
    ),
    (
        DAY,
        """DELETE FROM rate_counts WHERE subject IN (
             SELECT subject FROM rate_counts WHERE counted_from < :before LIMIT :batch)""",
    ),
    (
        0,
        """DELETE FROM webauthn_challenges WHERE challenge_hash IN (
             SELECT challenge_hash FROM webauthn_challenges WHERE expires_at < :before LIMIT :batch)""",
    ),
    (
        DAY,
        """DELETE FROM oauth_states WHERE state_hash IN (
             SELECT state_hash FROM oauth_states WHERE expires_at < :before LIMIT :batch)""",
    ),
    (
        0,
        """DELETE FROM saml_assertions_seen WHERE assertion_hash IN (
             SELECT assertion_hash FROM saml_assertions_seen WHERE expires_at < :before LIMIT :batch)""",
    ),
    (
        90 * DAY,
        """DELETE FROM initial_access_tokens WHERE id IN (
             SELECT id FROM initial_access_tokens WHERE expires_at < :before LIMIT :batch)""",
    ),
    (
        90 * DAY,
        """DELETE FROM invitations WHERE id IN (
             SELECT id FROM invitations WHERE expires_at < :before LIMIT :batch)""",
    ),
    (
        90 * DAY,
        """DELETE FROM tenant_join_codes WHERE id IN (
             SELECT id FROM tenant_join_codes WHERE expires_at < :before LIMIT :batch)""",
    ),
    (
        30 * DAY,
        """DELETE FROM outgoing_messages WHERE id IN (
             SELECT id FROM outgoing_messages WHERE created_at < :before LIMIT :batch)""",
    ),
    # What no page shows and nobody waits to have shown.
    (
        30 * DAY,
        """DELETE FROM branding_files WHERE id IN (
             SELECT branding_files.id FROM branding_files JOIN tenants ON tenants.id = branding_files.tenant_id
             WHERE branding_files.created_at < :before
               AND tenants.settings_json NOT LIKE '%' || branding_files.id || '%'
               AND NOT EXISTS (SELECT 1 FROM tenant_management_logs AS changes
                               WHERE changes.tenant_id = branding_files.tenant_id
                                 AND (changes.status = 'waiting'
                                      OR (COALESCE(changes.approved_at, changes.created_at) >= :before
                                          AND changes.old_values_json LIKE '%' || branding_files.id || '%')))
             LIMIT :batch)""",
    ),
)
STEPS = len(_STATEMENTS)


async def sweep(db: Session, step: int, *, now: int) -> int:
    """Take one batch out of one table; how many rows went."""
    kept_for, sql = _STATEMENTS[step]
    return await db.run(sql, before=now - kept_for, batch=BATCH)
