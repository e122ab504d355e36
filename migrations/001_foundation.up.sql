-- The house as it first stands: people, clients, resources, protocol state, keys and the audit log.
-- Types are TEXT, BIGINT and BOOLEAN; times are Unix seconds; JSON is TEXT; the text is the same on both engines.

-- Random keys of this deployment (audit chain, CSRF), sealed under the master key.
CREATE TABLE deployment_secrets (
  name TEXT PRIMARY KEY,
  sealed TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

-- Rises with every change to clients, resources, mappings or keys, so that each worker drops what it remembers.
CREATE TABLE registry_version (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  version BIGINT NOT NULL
);
INSERT INTO registry_version (id, version) VALUES (1, 1);

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL UNIQUE,
  email_verified BOOLEAN NOT NULL,
  name TEXT,
  given_name TEXT,
  family_name TEXT,
  middle_name TEXT,
  nickname TEXT,
  preferred_username TEXT,
  username_key TEXT UNIQUE,
  profile TEXT,
  picture TEXT,
  website TEXT,
  gender TEXT,
  birthdate TEXT,
  zoneinfo TEXT,
  locale TEXT,
  phone_number TEXT,
  phone_number_verified BOOLEAN NOT NULL,
  address_json TEXT,
  localized_json TEXT NOT NULL,
  custom_attributes_json TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'invited', 'suspended', 'deleted')),
  kind TEXT NOT NULL CHECK (kind IN ('human', 'service', 'agent')),
  membership TEXT NOT NULL CHECK (membership IN ('free', 'premium')),
  parent_user_id TEXT REFERENCES users (id),
  logins_count BIGINT NOT NULL,
  last_ip TEXT,
  last_login_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX users_created_at ON users (created_at);
CREATE INDEX users_parent ON users (parent_user_id);

CREATE TABLE user_custom_fields (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  field_name TEXT NOT NULL,
  field_value TEXT,
  field_type TEXT NOT NULL CHECK (field_type IN ('string', 'number', 'date', 'boolean')),
  namespace TEXT NOT NULL CHECK (namespace IN ('user', 'app')),
  searchable BOOLEAN NOT NULL,
  PRIMARY KEY (user_id, field_name)
);
CREATE INDEX user_custom_fields_search ON user_custom_fields (field_name, field_value);

CREATE TABLE passwords (
  user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  password_hash TEXT NOT NULL,
  changed_at BIGINT NOT NULL
);

CREATE TABLE roles (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  permissions_json TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
INSERT INTO roles (id, name, description, permissions_json, created_at) VALUES
  ('role-super-admin', 'super_admin', 'Everything', '["*"]', 0),
  ('role-admin', 'admin', 'People and applications', '["users:*","clients:*","sessions:*"]', 0),
  ('role-viewer', 'viewer', 'Read only', '["users:read","clients:read","audit:read"]', 0),
  ('role-support', 'support', 'Help people to sign in', '["users:read","users:unlock","sessions:*"]', 0);

CREATE TABLE user_roles (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role_id TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, role_id)
);
CREATE INDEX user_roles_role ON user_roles (role_id);

-- One row for each sign-in that failed, for the person who looks after the deployment.
CREATE TABLE failed_logins (
  id TEXT PRIMARY KEY,
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  identifier_hash TEXT NOT NULL,
  method TEXT NOT NULL,
  reason TEXT NOT NULL,
  ip_address TEXT,
  created_at BIGINT NOT NULL
);
CREATE INDEX failed_logins_user ON failed_logins (user_id, created_at);
CREATE INDEX failed_logins_created_at ON failed_logins (created_at);

-- One counter for a person, an unknown name or an address; `subject` says which.
CREATE TABLE account_lockouts (
  subject TEXT PRIMARY KEY,
  attempts BIGINT NOT NULL,
  counted_from BIGINT NOT NULL,
  locked_until BIGINT
);
CREATE INDEX account_lockouts_counted_from ON account_lockouts (counted_from);

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  browser_hash TEXT NOT NULL,
  auth_time BIGINT NOT NULL,
  acr TEXT NOT NULL,
  amr TEXT NOT NULL,
  remember BOOLEAN NOT NULL,
  ip_address TEXT,
  user_agent TEXT,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  idle_expires_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

CREATE TABLE oauth_clients (
  client_id TEXT PRIMARY KEY,
  client_secret_hash TEXT,
  previous_secret_hash TEXT,
  previous_secret_expires_at BIGINT,
  client_name TEXT NOT NULL,
  application_type TEXT NOT NULL CHECK (application_type IN ('web', 'native')),
  redirect_uris TEXT NOT NULL,
  post_logout_redirect_uris TEXT NOT NULL,
  grant_types TEXT NOT NULL,
  response_types TEXT NOT NULL,
  scope TEXT,
  logo_uri TEXT,
  client_uri TEXT,
  policy_uri TEXT,
  tos_uri TEXT,
  contacts TEXT NOT NULL,
  localized_json TEXT NOT NULL,
  subject_type TEXT NOT NULL,
  sector_identifier_uri TEXT,
  token_endpoint_auth_method TEXT NOT NULL,
  id_token_signed_response_alg TEXT NOT NULL,
  default_max_age BIGINT,
  require_auth_time BOOLEAN NOT NULL,
  default_acr_values TEXT NOT NULL,
  software_id TEXT,
  software_version TEXT,
  registration TEXT NOT NULL CHECK (registration IN ('static', 'dcr', 'cimd', 'import')),
  profile TEXT NOT NULL CHECK (profile IN ('oidc', 'oauth21', 'fapi2')),
  first_party BOOLEAN NOT NULL,
  require_pkce BOOLEAN NOT NULL,
  access_token_lifetime BIGINT NOT NULL,
  id_token_lifetime BIGINT NOT NULL,
  refresh_token_rotation BOOLEAN NOT NULL,
  refresh_token_leeway BIGINT NOT NULL,
  refresh_token_idle_lifetime BIGINT NOT NULL,
  refresh_token_lifetime BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  last_used_at BIGINT
);
CREATE INDEX oauth_clients_created_at ON oauth_clients (created_at);

CREATE TABLE resource_servers (
  id TEXT PRIMARY KEY,
  identifier TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  signing_alg TEXT NOT NULL,
  token_format TEXT NOT NULL CHECK (token_format IN ('jwt', 'opaque')),
  token_lifetime BIGINT,
  allow_offline_access BOOLEAN NOT NULL,
  skip_consent BOOLEAN NOT NULL,
  client_id TEXT REFERENCES oauth_clients (client_id) ON DELETE SET NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE resource_scopes (
  resource_id TEXT NOT NULL REFERENCES resource_servers (id) ON DELETE CASCADE,
  value TEXT NOT NULL,
  description TEXT NOT NULL,
  PRIMARY KEY (resource_id, value)
);

CREATE TABLE client_grants (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES oauth_clients (client_id) ON DELETE CASCADE,
  resource_id TEXT NOT NULL REFERENCES resource_servers (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  UNIQUE (client_id, resource_id)
);

CREATE TABLE client_grant_scopes (
  client_grant_id TEXT NOT NULL REFERENCES client_grants (id) ON DELETE CASCADE,
  scope TEXT NOT NULL,
  PRIMARY KEY (client_grant_id, scope)
);

CREATE TABLE scope_mappings (
  scope TEXT NOT NULL,
  claim_name TEXT NOT NULL,
  source_table TEXT NOT NULL CHECK (source_table IN ('users', 'user_custom_fields')),
  source_column TEXT NOT NULL,
  transformation TEXT NOT NULL CHECK (transformation IN ('none', 'uppercase', 'lowercase', 'hash', 'mask')),
  condition TEXT,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (scope, claim_name)
);

-- One sign-in in progress: what was asked, which factors are satisfied, in which browser.
CREATE TABLE interactions (
  id TEXT PRIMARY KEY,
  browser_hash TEXT NOT NULL,
  client_id TEXT REFERENCES oauth_clients (client_id) ON DELETE CASCADE,
  request_json TEXT,
  identifier TEXT,
  session_id TEXT REFERENCES sessions (id) ON DELETE CASCADE,
  signed_in BOOLEAN NOT NULL,
  consented BOOLEAN NOT NULL,
  account_chosen BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE INDEX interactions_expires_at ON interactions (expires_at);

CREATE TABLE consents (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  client_id TEXT NOT NULL REFERENCES oauth_clients (client_id) ON DELETE CASCADE,
  resource TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, client_id, resource)
);

-- Everything that was issued from one approval, so that all of it can be ended together.
CREATE TABLE token_families (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  client_id TEXT NOT NULL REFERENCES oauth_clients (client_id) ON DELETE CASCADE,
  session_id TEXT REFERENCES sessions (id) ON DELETE SET NULL,
  scopes TEXT NOT NULL,
  resources TEXT NOT NULL,
  claims_json TEXT NOT NULL,
  auth_time BIGINT NOT NULL,
  acr TEXT NOT NULL,
  amr TEXT NOT NULL,
  offline BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX token_families_user ON token_families (user_id);
CREATE INDEX token_families_session ON token_families (session_id);
CREATE INDEX token_families_expires_at ON token_families (expires_at);

CREATE TABLE authorization_codes (
  code_hash TEXT PRIMARY KEY,
  family_id TEXT NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
  client_id TEXT NOT NULL,
  redirect_uri TEXT NOT NULL,
  nonce TEXT,
  code_challenge TEXT,
  failures BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE INDEX authorization_codes_family ON authorization_codes (family_id);
CREATE INDEX authorization_codes_expires_at ON authorization_codes (expires_at);

CREATE TABLE refresh_tokens (
  token_hash TEXT PRIMARY KEY,
  family_id TEXT NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  successors BIGINT NOT NULL
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family_id);
CREATE INDEX refresh_tokens_expires_at ON refresh_tokens (expires_at);

CREATE TABLE access_tokens (
  token_hash TEXT PRIMARY KEY,
  jti TEXT NOT NULL UNIQUE,
  family_id TEXT REFERENCES token_families (id) ON DELETE CASCADE,
  client_id TEXT NOT NULL REFERENCES oauth_clients (client_id) ON DELETE CASCADE,
  subject TEXT NOT NULL,
  audience TEXT NOT NULL,
  scopes TEXT NOT NULL,
  claims_json TEXT NOT NULL,
  issued_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX access_tokens_family ON access_tokens (family_id);
CREATE INDEX access_tokens_expires_at ON access_tokens (expires_at);

-- Self-contained access tokens that were revoked before they expired.
CREATE TABLE revoked_tokens (
  jti TEXT PRIMARY KEY,
  revoked_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX revoked_tokens_expires_at ON revoked_tokens (expires_at);

CREATE TABLE signing_keys (
  kid TEXT PRIMARY KEY,
  algorithm TEXT NOT NULL,
  public_jwk TEXT NOT NULL,
  private_sealed TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  active_from BIGINT NOT NULL,
  retires_at BIGINT,
  expires_at BIGINT,
  revoked_at BIGINT
);
CREATE INDEX signing_keys_algorithm ON signing_keys (algorithm, active_from);

-- Append-only. `hash` covers the row and the hash before it; ids of persons are covered by a keyed
-- reference instead, so that erasing a person leaves the chain whole.
CREATE TABLE audit_log (
  seq BIGINT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  created_at BIGINT NOT NULL,
  action TEXT NOT NULL,
  outcome TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  user_id TEXT,
  user_reference TEXT,
  client_id TEXT,
  resource_type TEXT,
  resource_id TEXT,
  resource_reference TEXT,
  ip_address TEXT,
  user_agent TEXT,
  trace_id TEXT,
  metadata_json TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE INDEX audit_log_user ON audit_log (user_id, seq);
CREATE INDEX audit_log_created_at ON audit_log (created_at);
CREATE INDEX audit_log_action ON audit_log (action, seq);
CREATE INDEX audit_log_resource ON audit_log (resource_type, resource_id);

CREATE TABLE audit_head (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  seq BIGINT NOT NULL,
  hash TEXT NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '');

-- Mail that waits to be delivered, or was (the development outbox shows it).
CREATE TABLE outgoing_messages (
  id TEXT PRIMARY KEY,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  text_body TEXT NOT NULL,
  html_body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  next_attempt_at BIGINT NOT NULL,
  sent_at BIGINT,
  failure TEXT
);
CREATE INDEX outgoing_messages_waiting ON outgoing_messages (next_attempt_at) WHERE sent_at IS NULL;
