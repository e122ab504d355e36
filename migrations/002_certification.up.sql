-- What every OpenID Provider profile needs: the rest of client metadata, registration by developers, keys that
-- clients sign with, logout at every app, and an explanation for each refusal.

ALTER TABLE oauth_clients ADD COLUMN client_secret_sealed TEXT;
ALTER TABLE oauth_clients ADD COLUMN previous_secret_sealed TEXT;
ALTER TABLE oauth_clients ADD COLUMN registration_token_hash TEXT;
ALTER TABLE oauth_clients ADD COLUMN initial_access_token_id TEXT;
ALTER TABLE oauth_clients ADD COLUMN verified BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE oauth_clients ADD COLUMN software_statement TEXT;
ALTER TABLE oauth_clients ADD COLUMN jwks_json TEXT;
ALTER TABLE oauth_clients ADD COLUMN jwks_uri TEXT;
ALTER TABLE oauth_clients ADD COLUMN initiate_login_uri TEXT;
ALTER TABLE oauth_clients ADD COLUMN request_uris TEXT NOT NULL DEFAULT '[]';
ALTER TABLE oauth_clients ADD COLUMN request_object_signing_alg TEXT;
ALTER TABLE oauth_clients ADD COLUMN request_object_encryption_alg TEXT;
ALTER TABLE oauth_clients ADD COLUMN request_object_encryption_enc TEXT;
ALTER TABLE oauth_clients ADD COLUMN require_signed_request_object BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE oauth_clients ADD COLUMN token_endpoint_auth_signing_alg TEXT;
ALTER TABLE oauth_clients ADD COLUMN id_token_encrypted_response_alg TEXT;
ALTER TABLE oauth_clients ADD COLUMN id_token_encrypted_response_enc TEXT;
ALTER TABLE oauth_clients ADD COLUMN userinfo_signed_response_alg TEXT;
ALTER TABLE oauth_clients ADD COLUMN userinfo_encrypted_response_alg TEXT;
ALTER TABLE oauth_clients ADD COLUMN userinfo_encrypted_response_enc TEXT;
ALTER TABLE oauth_clients ADD COLUMN frontchannel_logout_uri TEXT;
ALTER TABLE oauth_clients ADD COLUMN frontchannel_logout_session_required BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE oauth_clients ADD COLUMN backchannel_logout_uri TEXT;
ALTER TABLE oauth_clients ADD COLUMN backchannel_logout_session_required BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX oauth_clients_unused ON oauth_clients (created_at) WHERE registration = 'dcr' AND last_used_at IS NULL;

-- The languages in which a client wants its claims, for as long as the approval lasts.
ALTER TABLE token_families ADD COLUMN claims_locales TEXT NOT NULL DEFAULT '[]';

-- Tokens with which developers may register clients: so many, until then (RFC 7591 §3).
CREATE TABLE initial_access_tokens (
  id TEXT PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  note TEXT NOT NULL,
  max_uses BIGINT NOT NULL CHECK (max_uses > 0),
  used_count BIGINT NOT NULL CHECK (used_count <= max_uses),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT
);

-- Whose software statements count here, and the keys they are signed with (RFC 7591 §2.3).
CREATE TABLE software_publishers (
  issuer TEXT PRIMARY KEY,
  jwks_json TEXT,
  jwks_uri TEXT,
  created_at BIGINT NOT NULL,
  CHECK ((jwks_json IS NULL) <> (jwks_uri IS NULL))
);

-- How often something was done from one place within a stretch of time.
CREATE TABLE rate_counts (
  subject TEXT PRIMARY KEY,
  count BIGINT NOT NULL,
  counted_from BIGINT NOT NULL
);
CREATE INDEX rate_counts_counted_from ON rate_counts (counted_from);

-- Each jti that an assertion of a client has used up, until the assertion would have expired anyway.
CREATE TABLE jti_seen (
  client_id TEXT NOT NULL REFERENCES oauth_clients (client_id) ON DELETE CASCADE,
  jti_hash TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  PRIMARY KEY (client_id, jti_hash)
);
CREATE INDEX jti_seen_expires_at ON jti_seen (expires_at);

-- The apps that took part in a session, and hear of its end.
CREATE TABLE session_clients (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  client_id TEXT NOT NULL REFERENCES oauth_clients (client_id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (session_id, client_id)
);
CREATE INDEX session_clients_client ON session_clients (client_id);

-- Logout tokens that wait to be delivered (OpenID Connect Back-Channel Logout §2.5).
CREATE TABLE logout_deliveries (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES oauth_clients (client_id) ON DELETE CASCADE,
  session_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  next_attempt_at BIGINT NOT NULL,
  delivered_at BIGINT,
  failure TEXT
);
CREATE INDEX logout_deliveries_waiting ON logout_deliveries (next_attempt_at) WHERE delivered_at IS NULL;
CREATE INDEX logout_deliveries_created_at ON logout_deliveries (created_at);

-- Why a request was refused, without its secrets, for a day.
CREATE TABLE refusal_traces (
  id TEXT PRIMARY KEY,
  trace_id TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  client_id TEXT,
  error TEXT NOT NULL,
  explanation_json TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX refusal_traces_trace ON refusal_traces (trace_id);
CREATE INDEX refusal_traces_expires_at ON refusal_traces (expires_at);
