-- Without the columns nothing would tell such a session from the person's own.
DELETE FROM sessions WHERE impersonator_id IS NOT NULL;
DELETE FROM token_families WHERE impersonator_id IS NOT NULL;
DELETE FROM permission_scopes WHERE permission = 'impersonation:create';
DROP TABLE impersonation_requests;
DROP INDEX audit_log_impersonator;
ALTER TABLE audit_log DROP COLUMN impersonator_reference;
ALTER TABLE audit_log DROP COLUMN impersonator_id;
DROP INDEX token_families_impersonator;
ALTER TABLE token_families DROP COLUMN impersonator_id;
DROP INDEX sessions_impersonator_session;
DROP INDEX sessions_impersonator;
ALTER TABLE sessions DROP COLUMN impersonation_reason;
ALTER TABLE sessions DROP COLUMN impersonator_session_id;
ALTER TABLE sessions DROP COLUMN impersonator_id;
