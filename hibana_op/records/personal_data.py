"""Everything that is kept about a person, for themselves (GDPR articles 15 and 20); secrets and hashes stay here."""

import json
from typing import Any

from hibana_op.storage.database import Row, Session

# Each with what a person may see of it; `:id` is theirs.
_PARTS = {
    "profile": """
        SELECT id, email, email_verified, name, given_name, family_name, middle_name, nickname, preferred_username,
          profile, picture, website, gender, birthdate, zoneinfo, locale, phone_number, phone_number_verified,
          address_json, localized_json, custom_attributes_json, status, kind, membership, parent_user_id,
          logins_count, last_ip, last_login_at, deletion_due_at, created_at, updated_at
        FROM users WHERE id = :id""",
    "fields": """
        SELECT field_name, field_value, field_type, namespace FROM user_custom_fields
        WHERE user_id = :id ORDER BY field_name""",
    "roles": """
        SELECT roles.name, user_roles.created_at FROM user_roles JOIN roles ON roles.id = user_roles.role_id
        WHERE user_id = :id ORDER BY roles.name""",
    "organizations": """
        SELECT tenants.name, tenant_memberships.role, tenant_memberships.status, joined_at, left_at
        FROM tenant_memberships JOIN tenants ON tenants.id = tenant_memberships.tenant_id
        WHERE user_id = :id ORDER BY tenant_memberships.id""",
    "groups": """
        SELECT groups.name, tenants.name AS organization
        FROM group_members JOIN groups ON groups.id = group_members.group_id
        JOIN tenants ON tenants.id = groups.tenant_id
        JOIN tenant_memberships ON tenant_memberships.id = group_members.membership_id
        WHERE tenant_memberships.user_id = :id ORDER BY groups.id""",
    "invitations": """
        SELECT tenants.name AS organization, invitations.role, invitations.status, invitations.created_at,
          invitations.expires_at, accepted_at
        FROM invitations JOIN tenants ON tenants.id = invitations.tenant_id
        WHERE accepted_by = :id OR email_key = (SELECT email_key FROM users WHERE id = :id AND email_verified)
        ORDER BY invitations.id""",
    "required_of_staff": """
        SELECT auth_type, auth_data_json, is_active, expires_at, last_used_at, created_at
        FROM service_provider_auth WHERE user_id = :id ORDER BY auth_type""",
    "allowed_networks": """
        SELECT tenants.name AS organization, cidr, ip_allowlists.description, is_active, ip_allowlists.created_at
        FROM ip_allowlists JOIN tenants ON tenants.id = ip_allowlists.tenant_id
        WHERE user_id = :id ORDER BY ip_allowlists.id""",
    "password": "SELECT changed_at FROM passwords WHERE user_id = :id",
    "passkeys": """
        SELECT id, name, credential_id, aaguid, transports, backup_eligible, backed_up, sign_count, created_at,
          last_used_at
        FROM passkeys WHERE user_id = :id ORDER BY created_at, id""",
    "authenticator_app": "SELECT created_at, confirmed_at FROM two_factor_secrets WHERE user_id = :id",
    "second_factors": """
        SELECT method, destination, is_primary, confirmed_at FROM two_factor_methods
        WHERE user_id = :id ORDER BY method""",
    "backup_codes": "SELECT created_at, used_at FROM backup_codes WHERE user_id = :id ORDER BY created_at, code_hash",
    "trusted_devices": """
        SELECT created_at, expires_at FROM trusted_devices WHERE user_id = :id ORDER BY created_at, token_hash""",
    "linked_accounts": """
        SELECT identity_providers.name AS provider, issuer, subject, email, user_identities.created_at, last_used_at
        FROM user_identities JOIN identity_providers ON identity_providers.id = user_identities.provider_id
        WHERE user_id = :id ORDER BY user_identities.created_at, user_identities.id""",
    "sessions": """
        SELECT id, ip_address, user_agent, acr, amr, remember, auth_time, created_at, last_seen_at, expires_at,
          revoked_at, impersonation_reason
        FROM sessions WHERE user_id = :id ORDER BY created_at, id""",
    "consents": """
        SELECT consents.client_id, client_name, resource, consents.scopes, consents.created_at, consents.updated_at
        FROM consents JOIN oauth_clients ON oauth_clients.client_id = consents.client_id
        WHERE user_id = :id ORDER BY client_name, consents.client_id, resource""",
    "approvals": """
        SELECT token_families.client_id, client_name, token_families.scopes, resources, offline,
          token_families.created_at, token_families.expires_at, revoked_at
        FROM token_families JOIN oauth_clients ON oauth_clients.client_id = token_families.client_id
        WHERE user_id = :id ORDER BY token_families.created_at, token_families.id""",
    "failed_sign_ins": """
        SELECT method, reason, ip_address, created_at FROM failed_logins WHERE user_id = :id ORDER BY created_at, id""",
    "sent_messages": """
        SELECT channel, created_at, sent_at FROM outgoing_messages
        WHERE recipient = (SELECT email FROM users WHERE id = :id) ORDER BY created_at, id""",
    "activity": """
        SELECT created_at, action, outcome, client_id, ip_address, user_agent, metadata_json,
          impersonator_reference IS NOT NULL AS by_administrator
        FROM audit_log
        WHERE user_id = :id OR (resource_type = 'user' AND resource_id = :id) ORDER BY seq""",
}
_ONE_ROW = {"profile", "password", "authenticator_app"}
_FLAGS = {
    *("email_verified", "phone_number_verified", "is_primary", "backup_eligible", "backed_up", "remember", "offline"),
    *("is_active", "by_administrator"),
}
_LISTS = {"transports", "amr", "resources"}


async def of_user(db: Session, user_id: str) -> dict[str, Any]:
    """The whole document, part by part."""
    found: dict[str, Any] = {}
    for name, sql in _PARTS.items():
        rows = [_told(row) for row in await db.all(sql, id=user_id)]
        if name in _ONE_ROW:
            found[name] = rows[0] if rows else None
        else:
            found[name] = rows
    return found


def _told(row: Row) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name in row:
        value = row[name]
        if name in _FLAGS:
            told[name] = bool(value)
        elif name in _LISTS:
            told[name] = json.loads(value)
        elif name.endswith("_json"):
            told[name.removesuffix("_json")] = None if value is None else json.loads(value)
        else:
            told[name] = value
    return told
