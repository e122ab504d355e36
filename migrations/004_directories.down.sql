-- Before SAML.
DROP TABLE saml_assertions_seen;
