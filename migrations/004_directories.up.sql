-- Sign-in at organisations of others by SAML.

-- Assertions that were taken once, until they would have expired.
CREATE TABLE saml_assertions_seen (
  assertion_hash TEXT PRIMARY KEY,
  expires_at BIGINT NOT NULL
);
CREATE INDEX saml_assertions_seen_expires_at ON saml_assertions_seen (expires_at);

-- What a provider sent, sealed, until the browser that left comes back for it.
ALTER TABLE oauth_states ADD COLUMN answer_sealed TEXT;
