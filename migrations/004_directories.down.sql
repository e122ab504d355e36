-- Before SAML.
ALTER TABLE oauth_states DROP COLUMN answer_sealed;
DROP TABLE saml_assertions_seen;
