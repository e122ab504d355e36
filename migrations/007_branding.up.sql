-- What organisations upload for the look of their hosted pages. Which files are shown, the settings say: they name the
-- ids. Pictures rest in base64, sheets and markup as text.
CREATE TABLE branding_files (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  media_type TEXT NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg', 'image/gif', 'image/webp',
                                                 'image/vnd.microsoft.icon', 'text/css', 'text/html')),
  content TEXT NOT NULL,
  size BIGINT NOT NULL,
  width BIGINT,
  height BIGINT,
  created_at BIGINT NOT NULL
);
CREATE INDEX branding_files_tenant ON branding_files (tenant_id, id);
-- Whose look the pages of a sign-in wear.
ALTER TABLE interactions ADD COLUMN tenant_id TEXT;
-- Who it will be that makes a passkey, where there is no account yet.
ALTER TABLE webauthn_challenges ADD COLUMN newcomer_id TEXT;
