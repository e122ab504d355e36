-- Every way in: passkeys, second factors, codes and links, other providers; and what a session has proven.

-- What was proven in a sign-in that is still in progress; it becomes a session when it is enough.
ALTER TABLE interactions ADD COLUMN user_id TEXT;
ALTER TABLE interactions ADD COLUMN remember BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE interactions ADD COLUMN return_path TEXT;
CREATE TABLE interaction_factors (
  interaction_id TEXT NOT NULL REFERENCES interactions (id) ON DELETE CASCADE,
  method TEXT NOT NULL,
  proves TEXT NOT NULL,
  amr TEXT NOT NULL,
  proven_at BIGINT NOT NULL,
  PRIMARY KEY (interaction_id, method)
);

-- What the person of a session has proven, and until when it counts for what asks for more than a sign-in.
CREATE TABLE session_factors (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  method TEXT NOT NULL,
  proves TEXT NOT NULL,
  amr TEXT NOT NULL,
  proven_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (session_id, method)
);

-- WebAuthn credentials (Web Authentication Level 3).
CREATE TABLE passkeys (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  credential_id TEXT NOT NULL UNIQUE,
  public_key TEXT NOT NULL,
  sign_count BIGINT NOT NULL,
  transports TEXT NOT NULL,
  aaguid TEXT NOT NULL,
  name TEXT NOT NULL,
  backup_eligible BOOLEAN NOT NULL,
  backed_up BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT
);
CREATE INDEX passkeys_user ON passkeys (user_id);

-- Challenges of ceremonies that have begun; a ceremony takes its row away before it looks at the answer.
CREATE TABLE webauthn_challenges (
  challenge_hash TEXT PRIMARY KEY,
  ceremony TEXT NOT NULL CHECK (ceremony IN ('create', 'get')),
  browser_hash TEXT NOT NULL,
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  interaction_id TEXT REFERENCES interactions (id) ON DELETE CASCADE,
  expires_at BIGINT NOT NULL
);
CREATE INDEX webauthn_challenges_expires_at ON webauthn_challenges (expires_at);

-- Authenticator apps (RFC 6238): one a person; it counts once confirmed, and a time step counts once.
CREATE TABLE two_factor_secrets (
  user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  secret_sealed TEXT NOT NULL,
  last_step BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  confirmed_at BIGINT
);

-- Second factors that a person has set up, where they lead, and which one is asked for first.
CREATE TABLE two_factor_methods (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  method TEXT NOT NULL CHECK (method IN ('totp', 'sms', 'email', 'passkey')),
  destination TEXT,
  is_primary BOOLEAN NOT NULL,
  confirmed_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, method)
);

CREATE TABLE backup_codes (
  code_hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX backup_codes_user ON backup_codes (user_id);

-- Short codes sent by mail or SMS, each for one person and one piece of business.
CREATE TABLE verification_codes (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  channel TEXT NOT NULL CHECK (channel IN ('sms', 'email')),
  purpose TEXT NOT NULL CHECK (purpose IN ('second_factor', 'first_factor', 'confirm_phone', 'confirm_email')),
  bound_to TEXT NOT NULL,
  destination TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX verification_codes_bound_to ON verification_codes (bound_to);
CREATE INDEX verification_codes_expires_at ON verification_codes (expires_at);

-- Links sent by mail: one purpose, one person, one address, once.
CREATE TABLE verification_tokens (
  token_hash TEXT PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('verify_email', 'change_email', 'reset_password', 'magic_link', 'invite')),
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  email TEXT NOT NULL,
  data_json TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX verification_tokens_user ON verification_tokens (user_id, purpose);
CREATE INDEX verification_tokens_expires_at ON verification_tokens (expires_at);

-- Browsers in which a person need not give a second factor for a while.
CREATE TABLE trusted_devices (
  token_hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  browser_hash TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX trusted_devices_user ON trusted_devices (user_id);

-- Other providers that people may sign in with.
CREATE TABLE identity_providers (
  id TEXT PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  provider_type TEXT NOT NULL CHECK (provider_type IN ('oidc', 'oauth', 'saml', 'ldap')),
  config_json TEXT NOT NULL,
  secret_sealed TEXT,
  enabled BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE identity_provider_domains (
  domain TEXT PRIMARY KEY,
  provider_id TEXT NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE
);

-- Which providers an app shows; an app without a row shows all of them.
CREATE TABLE client_identity_providers (
  client_id TEXT NOT NULL REFERENCES oauth_clients (client_id) ON DELETE CASCADE,
  provider_id TEXT NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
  PRIMARY KEY (client_id, provider_id)
);

CREATE TABLE user_identities (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  provider_id TEXT NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  email TEXT,
  created_at BIGINT NOT NULL,
  last_used_at BIGINT,
  UNIQUE (provider_id, issuer, subject)
);
CREATE INDEX user_identities_user ON user_identities (user_id);

-- Sign-ins that are on their way through another provider.
CREATE TABLE oauth_states (
  state_hash TEXT PRIMARY KEY,
  provider_id TEXT NOT NULL REFERENCES identity_providers (id) ON DELETE CASCADE,
  browser_hash TEXT NOT NULL,
  interaction_id TEXT REFERENCES interactions (id) ON DELETE CASCADE,
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  nonce TEXT NOT NULL,
  verifier_sealed TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  consumed_at BIGINT
);
CREATE INDEX oauth_states_expires_at ON oauth_states (expires_at);

-- SMS leaves by the same way as mail.
ALTER TABLE outgoing_messages ADD COLUMN channel TEXT NOT NULL DEFAULT 'email';
-- What a message says, sealed: it may hold a link or a code that opens an account.
ALTER TABLE outgoing_messages ADD COLUMN letter_sealed TEXT;

-- People who asked to be deleted, until it is done.
ALTER TABLE users ADD COLUMN deletion_due_at BIGINT;
CREATE INDEX users_deletion_due_at ON users (deletion_due_at) WHERE deletion_due_at IS NOT NULL;

-- The response modes that an app takes; without a value, all.
ALTER TABLE oauth_clients ADD COLUMN response_modes TEXT;
