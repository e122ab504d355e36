ALTER TABLE webauthn_challenges DROP COLUMN newcomer_id;
ALTER TABLE interactions DROP COLUMN tenant_id;
DROP TABLE branding_files;
