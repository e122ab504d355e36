-- Tenants: the organisations inside a deployment, who belongs to them, who may do what, and the record of it.

CREATE TABLE organizations (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
INSERT INTO organizations (id, name, created_at) VALUES ('default', 'Default', 0);

-- A deleted tenant stays as a row, so that neither its id nor its slug is ever used again.
CREATE TABLE tenants (
  id TEXT PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  tenant_type TEXT CHECK (tenant_type IN ('logistics', 'delivery', 'warehouse', 'service_provider', 'template', 'other')),
  company_size TEXT CHECK (company_size IN ('small', 'medium', 'large', 'enterprise')),
  status TEXT NOT NULL CHECK (status IN ('active', 'suspended', 'deleted')),
  plan TEXT NOT NULL CHECK (plan IN ('free', 'basic', 'standard', 'premium', 'unlimited')),
  plan_started_at BIGINT,
  plan_expires_at BIGINT,
  license_type TEXT NOT NULL CHECK (license_type IN ('trial', 'paid')),
  license_expires_at BIGINT,
  max_users BIGINT,
  settings_json TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  deleted_at BIGINT
);
CREATE INDEX tenants_status ON tenants (status);
-- What stands in the settings of `system` holds for the whole deployment.
INSERT INTO tenants (id, organization_id, slug, name, description, tenant_type, status, plan, license_type,
                     settings_json, created_at, updated_at) VALUES
  ('system', 'default', 'system', 'Service provider', 'Who runs this deployment', 'service_provider', 'active',
   'unlimited', 'paid', '{}', 0, 0),
  ('role-template', 'default', 'role-template', 'Role template', 'The roles that every new tenant begins with',
   'template', 'active', 'unlimited', 'paid', '{}', 0, 0);

-- E-mail domains of a tenant. A domain is verified for one tenant at most.
CREATE TABLE tenant_domains (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  domain TEXT NOT NULL,
  challenge TEXT NOT NULL,
  verified_at BIGINT,
  may_join BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (tenant_id, domain)
);
CREATE UNIQUE INDEX tenant_domains_verified ON tenant_domains (domain) WHERE verified_at IS NOT NULL;

-- A tree: `path` is the ids from the root to the unit itself, each followed by a slash.
CREATE TABLE organization_units (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  parent_id TEXT,
  path TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('headquarters', 'branch', 'office', 'department', 'team')),
  code TEXT,
  manager_user_id TEXT REFERENCES users (id) ON DELETE SET NULL,
  status TEXT NOT NULL CHECK (status IN ('active', 'inactive')),
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (tenant_id, id),
  UNIQUE (tenant_id, code),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES organization_units (tenant_id, id)
);
CREATE INDEX organization_units_path ON organization_units (tenant_id, path);
CREATE INDEX organization_units_parent ON organization_units (tenant_id, parent_id);
CREATE INDEX organization_units_manager ON organization_units (manager_user_id);

-- Who belongs to a tenant. Whoever left stays as a row and may come back.
CREATE TABLE tenant_memberships (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('member', 'admin', 'owner')),
  status TEXT NOT NULL CHECK (status IN ('active', 'invited', 'suspended', 'left')),
  unit_id TEXT,
  joined_at BIGINT,
  left_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (tenant_id, user_id),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES organization_units (tenant_id, id)
);
CREATE INDEX tenant_memberships_tenant ON tenant_memberships (tenant_id, id);
CREATE INDEX tenant_memberships_user ON tenant_memberships (user_id);
CREATE INDEX tenant_memberships_unit ON tenant_memberships (tenant_id, unit_id);

CREATE TABLE groups (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (tenant_id, name)
);
CREATE TABLE group_members (
  group_id TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  membership_id TEXT NOT NULL REFERENCES tenant_memberships (id) ON DELETE CASCADE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (group_id, membership_id)
);
CREATE INDEX group_members_membership ON group_members (membership_id);

-- Roles of the deployment belong to `system`; those of `role-template` are copied into every new tenant.
ALTER TABLE user_roles RENAME TO user_roles_before;
ALTER TABLE roles RENAME TO roles_before;
CREATE TABLE roles (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  display_name TEXT NOT NULL,
  description TEXT NOT NULL,
  is_system_role BOOLEAN NOT NULL,
  permissions_json TEXT NOT NULL,
  requires_acr TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (tenant_id, name)
);
CREATE TABLE user_roles (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role_id TEXT NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
  scope_type TEXT NOT NULL CHECK (scope_type IN ('deployment', 'tenant', 'organization_unit')),
  scope_id TEXT NOT NULL,
  tenant_id TEXT REFERENCES tenants (id) ON DELETE CASCADE,
  assigned_by TEXT REFERENCES users (id) ON DELETE SET NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (user_id, role_id, scope_type, scope_id)
);
INSERT INTO roles (id, tenant_id, name, display_name, description, is_system_role, permissions_json, created_at,
                   updated_at)
  SELECT id, 'system', name, name, description, TRUE, permissions_json, created_at, created_at FROM roles_before;
INSERT INTO user_roles (id, user_id, role_id, scope_type, scope_id, created_at)
  SELECT user_id || ':' || role_id, user_id, role_id, 'deployment', 'system', created_at FROM user_roles_before;
DROP TABLE user_roles_before;
DROP TABLE roles_before;
CREATE INDEX user_roles_role ON user_roles (role_id);
CREATE INDEX user_roles_tenant ON user_roles (tenant_id, user_id);
CREATE INDEX user_roles_assigned_by ON user_roles (assigned_by);

-- Every permission there is, and in which kind of scope it may be held; one that is not active is nobody's.
CREATE TABLE permission_scopes (
  id TEXT PRIMARY KEY,
  scope_type TEXT NOT NULL CHECK (scope_type IN ('deployment', 'tenant', 'organization_unit')),
  scope_id TEXT NOT NULL,
  permission TEXT NOT NULL,
  resource_type TEXT NOT NULL,
  resource_pattern TEXT NOT NULL,
  description TEXT NOT NULL,
  is_active BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (scope_type, scope_id, permission, resource_type)
);

CREATE TABLE tenant_join_codes (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  code_hash TEXT NOT NULL UNIQUE,
  code_sealed TEXT NOT NULL,
  label TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('member', 'admin')),
  role_id TEXT REFERENCES roles (id) ON DELETE CASCADE,
  unit_id TEXT,
  max_uses BIGINT,
  used_count BIGINT NOT NULL,
  expires_at BIGINT,
  disabled_at BIGINT,
  created_by TEXT REFERENCES users (id) ON DELETE SET NULL,
  created_at BIGINT NOT NULL,
  FOREIGN KEY (tenant_id, unit_id) REFERENCES organization_units (tenant_id, id)
);
CREATE INDEX tenant_join_codes_tenant ON tenant_join_codes (tenant_id);

CREATE TABLE invitations (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  email TEXT NOT NULL,
  email_key TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  is_mailed BOOLEAN NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('member', 'admin', 'owner')),
  role_id TEXT REFERENCES roles (id) ON DELETE CASCADE,
  unit_id TEXT,
  invited_by TEXT REFERENCES users (id) ON DELETE SET NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'accepted', 'cancelled')),
  expires_at BIGINT NOT NULL,
  accepted_at BIGINT,
  accepted_by TEXT REFERENCES users (id) ON DELETE SET NULL,
  created_at BIGINT NOT NULL,
  FOREIGN KEY (tenant_id, unit_id) REFERENCES organization_units (tenant_id, id)
);
CREATE INDEX invitations_tenant ON invitations (tenant_id, status);
CREATE INDEX invitations_email ON invitations (email_key);

-- From where people of a tenant may act; a row with a person is about that person alone.
CREATE TABLE ip_allowlists (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
  cidr TEXT NOT NULL,
  description TEXT NOT NULL,
  is_active BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX ip_allowlists_tenant ON ip_allowlists (tenant_id);
CREATE INDEX ip_allowlists_user ON ip_allowlists (user_id);

-- Keys of programs. What a key may do is never more than its owner may.
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  prefix TEXT NOT NULL UNIQUE,
  key_hash TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  tenant_id TEXT REFERENCES tenants (id) ON DELETE CASCADE,
  scopes TEXT NOT NULL,
  cidrs TEXT NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT,
  revoked_at BIGINT,
  created_at BIGINT NOT NULL
);
CREATE INDEX api_keys_user ON api_keys (user_id);
CREATE INDEX api_keys_tenant ON api_keys (tenant_id);

-- What staff of the service provider must bring before their roles count.
CREATE TABLE service_provider_auth (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  auth_type TEXT NOT NULL CHECK (auth_type IN ('password', 'mfa', 'sso')),
  auth_data_json TEXT NOT NULL,
  is_active BOOLEAN NOT NULL,
  expires_at BIGINT,
  last_used_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (user_id, auth_type)
);

-- What the service provider's staff did to tenants; an action that needs a second person waits here for them.
CREATE TABLE tenant_management_logs (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  action_type TEXT NOT NULL CHECK (action_type IN ('created', 'updated', 'suspended', 'resumed', 'deleted', 'plan_changed')),
  performed_by TEXT REFERENCES users (id) ON DELETE SET NULL,
  old_values_json TEXT NOT NULL,
  new_values_json TEXT NOT NULL,
  reason TEXT,
  status TEXT NOT NULL CHECK (status IN ('done', 'waiting', 'rejected')),
  approval_required BOOLEAN NOT NULL,
  approved_by TEXT REFERENCES users (id) ON DELETE SET NULL,
  approved_at BIGINT,
  created_at BIGINT NOT NULL
);
CREATE INDEX tenant_management_logs_tenant ON tenant_management_logs (tenant_id, created_at);
CREATE INDEX tenant_management_logs_waiting ON tenant_management_logs (created_at) WHERE status = 'waiting';

-- Work that goes on in the background: leased by one worker at a time, tried again when that one dies.
CREATE TABLE jobs (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  repeats BOOLEAN NOT NULL,
  tenant_id TEXT REFERENCES tenants (id) ON DELETE CASCADE,
  created_by TEXT REFERENCES users (id) ON DELETE SET NULL,
  status TEXT NOT NULL CHECK (status IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
  input_json TEXT NOT NULL,
  progress_json TEXT NOT NULL,
  result_json TEXT NOT NULL,
  failure TEXT,
  attempts BIGINT NOT NULL,
  run_at BIGINT NOT NULL,
  leased_until BIGINT,
  lease TEXT,
  created_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE INDEX jobs_due ON jobs (run_at) WHERE finished_at IS NULL;
-- What comes back by itself waits once.
CREATE UNIQUE INDEX jobs_repeating ON jobs (kind) WHERE finished_at IS NULL AND repeats;
CREATE INDEX jobs_tenant ON jobs (tenant_id, id);
CREATE INDEX jobs_created_by ON jobs (created_by);

-- Answers that are given again when the same request comes again.
CREATE TABLE idempotency_keys (
  key_hash TEXT PRIMARY KEY,
  request_hash TEXT NOT NULL,
  status BIGINT,
  location TEXT,
  body_sealed TEXT,
  expires_at BIGINT NOT NULL
);
CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at);

-- Passwords that a person had before, where a tenant asks that they do not come again.
CREATE TABLE password_history (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  password_hash TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX password_history_user ON password_history (user_id, created_at);

-- A session, a sign-in and everything issued from an approval know in which tenant they are.
ALTER TABLE sessions ADD COLUMN active_membership_id TEXT REFERENCES tenant_memberships (id) ON DELETE SET NULL;
ALTER TABLE interactions ADD COLUMN membership_id TEXT;
ALTER TABLE token_families ADD COLUMN tenant_id TEXT REFERENCES tenants (id) ON DELETE CASCADE;
ALTER TABLE token_families ADD COLUMN membership_id TEXT REFERENCES tenant_memberships (id) ON DELETE CASCADE;
CREATE INDEX sessions_membership ON sessions (active_membership_id);
CREATE INDEX token_families_membership ON token_families (membership_id);
CREATE INDEX token_families_tenant ON token_families (tenant_id);

-- Without a tenant these belong to the deployment.
ALTER TABLE oauth_clients ADD COLUMN tenant_id TEXT REFERENCES tenants (id) ON DELETE CASCADE;
ALTER TABLE resource_servers ADD COLUMN tenant_id TEXT REFERENCES tenants (id) ON DELETE CASCADE;
ALTER TABLE identity_providers ADD COLUMN tenant_id TEXT REFERENCES tenants (id) ON DELETE CASCADE;
ALTER TABLE audit_log ADD COLUMN tenant_id TEXT;

-- Where the log begins since its oldest entries were taken out: the last of them, and our own proof that we did it.
ALTER TABLE audit_head ADD COLUMN base_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE audit_head ADD COLUMN base_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_head ADD COLUMN base_proof TEXT NOT NULL DEFAULT '';
CREATE INDEX oauth_clients_tenant ON oauth_clients (tenant_id);
CREATE INDEX resource_servers_tenant ON resource_servers (tenant_id);
CREATE INDEX identity_providers_tenant ON identity_providers (tenant_id);
CREATE INDEX audit_log_tenant ON audit_log (tenant_id, seq);
-- What happened to a thing is looked for by its id alone.
DROP INDEX audit_log_resource;
CREATE INDEX audit_log_resource ON audit_log (resource_id, seq);

-- A parent resumes the accounts that they suspended, never one that an administrator did.
ALTER TABLE users ADD COLUMN suspended_by_parent BOOLEAN NOT NULL DEFAULT FALSE;

-- For the service provider's staff: who is where, and with which roles; one row for each role.
CREATE VIEW cross_tenant_users AS
  SELECT users.id AS user_id, users.email, users.name, users.status, users.last_login_at, users.created_at,
         tenants.id AS tenant_id, tenants.name AS tenant_name, tenant_memberships.id AS membership_id,
         tenant_memberships.role AS membership_role, tenant_memberships.status AS membership_status,
         roles.name AS role_name
  FROM tenant_memberships
  JOIN users ON users.id = tenant_memberships.user_id
  JOIN tenants ON tenants.id = tenant_memberships.tenant_id AND tenants.id NOT IN ('system', 'role-template')
  LEFT JOIN user_roles ON user_roles.user_id = users.id AND user_roles.tenant_id = tenants.id
  LEFT JOIN roles ON roles.id = user_roles.role_id;

-- Every permission there is.
INSERT INTO permission_scopes (id, scope_type, scope_id, permission, resource_type, resource_pattern, description,
                               is_active, created_at) VALUES
  ('deployment:api-keys:create', 'deployment', '*', 'api-keys:create', 'api-keys', '*', 'Add API keys', TRUE, 0),
  ('tenant:api-keys:create', 'tenant', '*', 'api-keys:create', 'api-keys', '*', 'Add API keys', TRUE, 0),
  ('deployment:api-keys:delete', 'deployment', '*', 'api-keys:delete', 'api-keys', '*', 'Remove API keys', TRUE, 0),
  ('tenant:api-keys:delete', 'tenant', '*', 'api-keys:delete', 'api-keys', '*', 'Remove API keys', TRUE, 0),
  ('deployment:api-keys:read', 'deployment', '*', 'api-keys:read', 'api-keys', '*', 'See API keys', TRUE, 0),
  ('tenant:api-keys:read', 'tenant', '*', 'api-keys:read', 'api-keys', '*', 'See API keys', TRUE, 0),
  ('deployment:api-keys:update', 'deployment', '*', 'api-keys:update', 'api-keys', '*', 'Change API keys', TRUE, 0),
  ('tenant:api-keys:update', 'tenant', '*', 'api-keys:update', 'api-keys', '*', 'Change API keys', TRUE, 0),
  ('deployment:audit:export', 'deployment', '*', 'audit:export', 'audit', '*', 'Export the audit log', TRUE, 0),
  ('tenant:audit:export', 'tenant', '*', 'audit:export', 'audit', '*', 'Export the audit log', TRUE, 0),
  ('deployment:audit:read', 'deployment', '*', 'audit:read', 'audit', '*', 'See the audit log', TRUE, 0),
  ('tenant:audit:read', 'tenant', '*', 'audit:read', 'audit', '*', 'See the audit log', TRUE, 0),
  ('deployment:audit:verify', 'deployment', '*', 'audit:verify', 'audit', '*', 'Verify the audit log', TRUE, 0),
  ('deployment:claims:preview', 'deployment', '*', 'claims:preview', 'claims', '*', 'See which claims a person and an app would give', TRUE, 0),
  ('deployment:client-grants:create', 'deployment', '*', 'client-grants:create', 'client-grants', '*', 'Add what apps may ask of APIs', TRUE, 0),
  ('tenant:client-grants:create', 'tenant', '*', 'client-grants:create', 'client-grants', '*', 'Add what apps may ask of APIs', TRUE, 0),
  ('deployment:client-grants:delete', 'deployment', '*', 'client-grants:delete', 'client-grants', '*', 'Remove what apps may ask of APIs', TRUE, 0),
  ('tenant:client-grants:delete', 'tenant', '*', 'client-grants:delete', 'client-grants', '*', 'Remove what apps may ask of APIs', TRUE, 0),
  ('deployment:client-grants:read', 'deployment', '*', 'client-grants:read', 'client-grants', '*', 'See what apps may ask of APIs', TRUE, 0),
  ('tenant:client-grants:read', 'tenant', '*', 'client-grants:read', 'client-grants', '*', 'See what apps may ask of APIs', TRUE, 0),
  ('deployment:client-grants:update', 'deployment', '*', 'client-grants:update', 'client-grants', '*', 'Change what apps may ask of APIs', TRUE, 0),
  ('tenant:client-grants:update', 'tenant', '*', 'client-grants:update', 'client-grants', '*', 'Change what apps may ask of APIs', TRUE, 0),
  ('deployment:clients:create', 'deployment', '*', 'clients:create', 'clients', '*', 'Add apps', TRUE, 0),
  ('tenant:clients:create', 'tenant', '*', 'clients:create', 'clients', '*', 'Add apps', TRUE, 0),
  ('deployment:clients:delete', 'deployment', '*', 'clients:delete', 'clients', '*', 'Remove apps', TRUE, 0),
  ('tenant:clients:delete', 'tenant', '*', 'clients:delete', 'clients', '*', 'Remove apps', TRUE, 0),
  ('deployment:clients:read', 'deployment', '*', 'clients:read', 'clients', '*', 'See apps', TRUE, 0),
  ('tenant:clients:read', 'tenant', '*', 'clients:read', 'clients', '*', 'See apps', TRUE, 0),
  ('deployment:clients:rotate', 'deployment', '*', 'clients:rotate', 'clients', '*', 'Give apps a new secret', TRUE, 0),
  ('tenant:clients:rotate', 'tenant', '*', 'clients:rotate', 'clients', '*', 'Give apps a new secret', TRUE, 0),
  ('deployment:clients:update', 'deployment', '*', 'clients:update', 'clients', '*', 'Change apps', TRUE, 0),
  ('tenant:clients:update', 'tenant', '*', 'clients:update', 'clients', '*', 'Change apps', TRUE, 0),
  ('deployment:domains:create', 'deployment', '*', 'domains:create', 'domains', '*', 'Add e-mail domains of tenants', TRUE, 0),
  ('tenant:domains:create', 'tenant', '*', 'domains:create', 'domains', '*', 'Add e-mail domains of tenants', TRUE, 0),
  ('deployment:domains:delete', 'deployment', '*', 'domains:delete', 'domains', '*', 'Remove e-mail domains of tenants', TRUE, 0),
  ('tenant:domains:delete', 'tenant', '*', 'domains:delete', 'domains', '*', 'Remove e-mail domains of tenants', TRUE, 0),
  ('deployment:domains:read', 'deployment', '*', 'domains:read', 'domains', '*', 'See e-mail domains of tenants', TRUE, 0),
  ('tenant:domains:read', 'tenant', '*', 'domains:read', 'domains', '*', 'See e-mail domains of tenants', TRUE, 0),
  ('deployment:domains:update', 'deployment', '*', 'domains:update', 'domains', '*', 'Change e-mail domains of tenants', TRUE, 0),
  ('tenant:domains:update', 'tenant', '*', 'domains:update', 'domains', '*', 'Change e-mail domains of tenants', TRUE, 0),
  ('deployment:groups:create', 'deployment', '*', 'groups:create', 'groups', '*', 'Add groups', TRUE, 0),
  ('tenant:groups:create', 'tenant', '*', 'groups:create', 'groups', '*', 'Add groups', TRUE, 0),
  ('organization_unit:groups:create', 'organization_unit', '*', 'groups:create', 'groups', '*', 'Add groups', TRUE, 0),
  ('deployment:groups:delete', 'deployment', '*', 'groups:delete', 'groups', '*', 'Remove groups', TRUE, 0),
  ('tenant:groups:delete', 'tenant', '*', 'groups:delete', 'groups', '*', 'Remove groups', TRUE, 0),
  ('organization_unit:groups:delete', 'organization_unit', '*', 'groups:delete', 'groups', '*', 'Remove groups', TRUE, 0),
  ('deployment:groups:read', 'deployment', '*', 'groups:read', 'groups', '*', 'See groups', TRUE, 0),
  ('tenant:groups:read', 'tenant', '*', 'groups:read', 'groups', '*', 'See groups', TRUE, 0),
  ('organization_unit:groups:read', 'organization_unit', '*', 'groups:read', 'groups', '*', 'See groups', TRUE, 0),
  ('deployment:groups:update', 'deployment', '*', 'groups:update', 'groups', '*', 'Change groups', TRUE, 0),
  ('tenant:groups:update', 'tenant', '*', 'groups:update', 'groups', '*', 'Change groups', TRUE, 0),
  ('organization_unit:groups:update', 'organization_unit', '*', 'groups:update', 'groups', '*', 'Change groups', TRUE, 0),
  ('deployment:identity-providers:create', 'deployment', '*', 'identity-providers:create', 'identity-providers', '*', 'Add other providers', TRUE, 0),
  ('tenant:identity-providers:create', 'tenant', '*', 'identity-providers:create', 'identity-providers', '*', 'Add other providers', TRUE, 0),
  ('deployment:identity-providers:delete', 'deployment', '*', 'identity-providers:delete', 'identity-providers', '*', 'Remove other providers', TRUE, 0),
  ('tenant:identity-providers:delete', 'tenant', '*', 'identity-providers:delete', 'identity-providers', '*', 'Remove other providers', TRUE, 0),
  ('deployment:identity-providers:read', 'deployment', '*', 'identity-providers:read', 'identity-providers', '*', 'See other providers', TRUE, 0),
  ('tenant:identity-providers:read', 'tenant', '*', 'identity-providers:read', 'identity-providers', '*', 'See other providers', TRUE, 0),
  ('deployment:identity-providers:update', 'deployment', '*', 'identity-providers:update', 'identity-providers', '*', 'Change other providers', TRUE, 0),
  ('tenant:identity-providers:update', 'tenant', '*', 'identity-providers:update', 'identity-providers', '*', 'Change other providers', TRUE, 0),
  ('deployment:invitations:create', 'deployment', '*', 'invitations:create', 'invitations', '*', 'Add invitations', TRUE, 0),
  ('tenant:invitations:create', 'tenant', '*', 'invitations:create', 'invitations', '*', 'Add invitations', TRUE, 0),
  ('organization_unit:invitations:create', 'organization_unit', '*', 'invitations:create', 'invitations', '*', 'Add invitations', TRUE, 0),
  ('deployment:invitations:delete', 'deployment', '*', 'invitations:delete', 'invitations', '*', 'Remove invitations', TRUE, 0),
  ('tenant:invitations:delete', 'tenant', '*', 'invitations:delete', 'invitations', '*', 'Remove invitations', TRUE, 0),
  ('organization_unit:invitations:delete', 'organization_unit', '*', 'invitations:delete', 'invitations', '*', 'Remove invitations', TRUE, 0),
  ('deployment:invitations:read', 'deployment', '*', 'invitations:read', 'invitations', '*', 'See invitations', TRUE, 0),
  ('tenant:invitations:read', 'tenant', '*', 'invitations:read', 'invitations', '*', 'See invitations', TRUE, 0),
  ('organization_unit:invitations:read', 'organization_unit', '*', 'invitations:read', 'invitations', '*', 'See invitations', TRUE, 0),
  ('deployment:invitations:update', 'deployment', '*', 'invitations:update', 'invitations', '*', 'Change invitations', TRUE, 0),
  ('tenant:invitations:update', 'tenant', '*', 'invitations:update', 'invitations', '*', 'Change invitations', TRUE, 0),
  ('organization_unit:invitations:update', 'organization_unit', '*', 'invitations:update', 'invitations', '*', 'Change invitations', TRUE, 0),
  ('deployment:ip-allowlists:create', 'deployment', '*', 'ip-allowlists:create', 'ip-allowlists', '*', 'Add from which addresses people may act', TRUE, 0),
  ('tenant:ip-allowlists:create', 'tenant', '*', 'ip-allowlists:create', 'ip-allowlists', '*', 'Add from which addresses people may act', TRUE, 0),
  ('deployment:ip-allowlists:delete', 'deployment', '*', 'ip-allowlists:delete', 'ip-allowlists', '*', 'Remove from which addresses people may act', TRUE, 0),
  ('tenant:ip-allowlists:delete', 'tenant', '*', 'ip-allowlists:delete', 'ip-allowlists', '*', 'Remove from which addresses people may act', TRUE, 0),
  ('deployment:ip-allowlists:read', 'deployment', '*', 'ip-allowlists:read', 'ip-allowlists', '*', 'See from which addresses people may act', TRUE, 0),
  ('tenant:ip-allowlists:read', 'tenant', '*', 'ip-allowlists:read', 'ip-allowlists', '*', 'See from which addresses people may act', TRUE, 0),
  ('deployment:ip-allowlists:update', 'deployment', '*', 'ip-allowlists:update', 'ip-allowlists', '*', 'Change from which addresses people may act', TRUE, 0),
  ('tenant:ip-allowlists:update', 'tenant', '*', 'ip-allowlists:update', 'ip-allowlists', '*', 'Change from which addresses people may act', TRUE, 0),
  ('deployment:jobs:cancel', 'deployment', '*', 'jobs:cancel', 'jobs', '*', 'Cancel background jobs', TRUE, 0),
  ('tenant:jobs:cancel', 'tenant', '*', 'jobs:cancel', 'jobs', '*', 'Cancel background jobs', TRUE, 0),
  ('deployment:jobs:read', 'deployment', '*', 'jobs:read', 'jobs', '*', 'See background jobs', TRUE, 0),
  ('tenant:jobs:read', 'tenant', '*', 'jobs:read', 'jobs', '*', 'See background jobs', TRUE, 0),
  ('deployment:join-codes:create', 'deployment', '*', 'join-codes:create', 'join-codes', '*', 'Add join codes', TRUE, 0),
  ('tenant:join-codes:create', 'tenant', '*', 'join-codes:create', 'join-codes', '*', 'Add join codes', TRUE, 0),
  ('organization_unit:join-codes:create', 'organization_unit', '*', 'join-codes:create', 'join-codes', '*', 'Add join codes', TRUE, 0),
  ('deployment:join-codes:delete', 'deployment', '*', 'join-codes:delete', 'join-codes', '*', 'Remove join codes', TRUE, 0),
  ('tenant:join-codes:delete', 'tenant', '*', 'join-codes:delete', 'join-codes', '*', 'Remove join codes', TRUE, 0),
  ('organization_unit:join-codes:delete', 'organization_unit', '*', 'join-codes:delete', 'join-codes', '*', 'Remove join codes', TRUE, 0),
  ('deployment:join-codes:read', 'deployment', '*', 'join-codes:read', 'join-codes', '*', 'See join codes', TRUE, 0),
  ('tenant:join-codes:read', 'tenant', '*', 'join-codes:read', 'join-codes', '*', 'See join codes', TRUE, 0),
  ('organization_unit:join-codes:read', 'organization_unit', '*', 'join-codes:read', 'join-codes', '*', 'See join codes', TRUE, 0),
  ('deployment:join-codes:update', 'deployment', '*', 'join-codes:update', 'join-codes', '*', 'Change join codes', TRUE, 0),
  ('tenant:join-codes:update', 'tenant', '*', 'join-codes:update', 'join-codes', '*', 'Change join codes', TRUE, 0),
  ('organization_unit:join-codes:update', 'organization_unit', '*', 'join-codes:update', 'join-codes', '*', 'Change join codes', TRUE, 0),
  ('deployment:lockouts:delete', 'deployment', '*', 'lockouts:delete', 'lockouts', '*', 'Lift locks', TRUE, 0),
  ('deployment:lockouts:read', 'deployment', '*', 'lockouts:read', 'lockouts', '*', 'See locks', TRUE, 0),
  ('deployment:mcp-servers:create', 'deployment', '*', 'mcp-servers:create', 'mcp-servers', '*', 'Add MCP servers', TRUE, 0),
  ('tenant:mcp-servers:create', 'tenant', '*', 'mcp-servers:create', 'mcp-servers', '*', 'Add MCP servers', TRUE, 0),
  ('deployment:mcp-servers:delete', 'deployment', '*', 'mcp-servers:delete', 'mcp-servers', '*', 'Remove MCP servers', TRUE, 0),
  ('tenant:mcp-servers:delete', 'tenant', '*', 'mcp-servers:delete', 'mcp-servers', '*', 'Remove MCP servers', TRUE, 0),
  ('deployment:mcp-servers:read', 'deployment', '*', 'mcp-servers:read', 'mcp-servers', '*', 'See MCP servers', TRUE, 0),
  ('tenant:mcp-servers:read', 'tenant', '*', 'mcp-servers:read', 'mcp-servers', '*', 'See MCP servers', TRUE, 0),
  ('deployment:mcp-servers:update', 'deployment', '*', 'mcp-servers:update', 'mcp-servers', '*', 'Change MCP servers', TRUE, 0),
  ('tenant:mcp-servers:update', 'tenant', '*', 'mcp-servers:update', 'mcp-servers', '*', 'Change MCP servers', TRUE, 0),
  ('deployment:memberships:create', 'deployment', '*', 'memberships:create', 'memberships', '*', 'Add memberships', TRUE, 0),
  ('tenant:memberships:create', 'tenant', '*', 'memberships:create', 'memberships', '*', 'Add memberships', TRUE, 0),
  ('organization_unit:memberships:create', 'organization_unit', '*', 'memberships:create', 'memberships', '*', 'Add memberships', TRUE, 0),
  ('deployment:memberships:delete', 'deployment', '*', 'memberships:delete', 'memberships', '*', 'Remove memberships', TRUE, 0),
  ('tenant:memberships:delete', 'tenant', '*', 'memberships:delete', 'memberships', '*', 'Remove memberships', TRUE, 0),
  ('organization_unit:memberships:delete', 'organization_unit', '*', 'memberships:delete', 'memberships', '*', 'Remove memberships', TRUE, 0),
  ('deployment:memberships:read', 'deployment', '*', 'memberships:read', 'memberships', '*', 'See memberships', TRUE, 0),
  ('tenant:memberships:read', 'tenant', '*', 'memberships:read', 'memberships', '*', 'See memberships', TRUE, 0),
  ('organization_unit:memberships:read', 'organization_unit', '*', 'memberships:read', 'memberships', '*', 'See memberships', TRUE, 0),
  ('deployment:memberships:update', 'deployment', '*', 'memberships:update', 'memberships', '*', 'Change memberships', TRUE, 0),
  ('tenant:memberships:update', 'tenant', '*', 'memberships:update', 'memberships', '*', 'Change memberships', TRUE, 0),
  ('organization_unit:memberships:update', 'organization_unit', '*', 'memberships:update', 'memberships', '*', 'Change memberships', TRUE, 0),
  ('deployment:resource-servers:create', 'deployment', '*', 'resource-servers:create', 'resource-servers', '*', 'Add APIs', TRUE, 0),
  ('tenant:resource-servers:create', 'tenant', '*', 'resource-servers:create', 'resource-servers', '*', 'Add APIs', TRUE, 0),
  ('deployment:resource-servers:delete', 'deployment', '*', 'resource-servers:delete', 'resource-servers', '*', 'Remove APIs', TRUE, 0),
  ('tenant:resource-servers:delete', 'tenant', '*', 'resource-servers:delete', 'resource-servers', '*', 'Remove APIs', TRUE, 0),
  ('deployment:resource-servers:read', 'deployment', '*', 'resource-servers:read', 'resource-servers', '*', 'See APIs', TRUE, 0),
  ('tenant:resource-servers:read', 'tenant', '*', 'resource-servers:read', 'resource-servers', '*', 'See APIs', TRUE, 0),
  ('deployment:resource-servers:update', 'deployment', '*', 'resource-servers:update', 'resource-servers', '*', 'Change APIs', TRUE, 0),
  ('tenant:resource-servers:update', 'tenant', '*', 'resource-servers:update', 'resource-servers', '*', 'Change APIs', TRUE, 0),
  ('deployment:role-assignments:create', 'deployment', '*', 'role-assignments:create', 'role-assignments', '*', 'Add who holds which role', TRUE, 0),
  ('tenant:role-assignments:create', 'tenant', '*', 'role-assignments:create', 'role-assignments', '*', 'Add who holds which role', TRUE, 0),
  ('organization_unit:role-assignments:create', 'organization_unit', '*', 'role-assignments:create', 'role-assignments', '*', 'Add who holds which role', TRUE, 0),
  ('deployment:role-assignments:delete', 'deployment', '*', 'role-assignments:delete', 'role-assignments', '*', 'Remove who holds which role', TRUE, 0),
  ('tenant:role-assignments:delete', 'tenant', '*', 'role-assignments:delete', 'role-assignments', '*', 'Remove who holds which role', TRUE, 0),
  ('organization_unit:role-assignments:delete', 'organization_unit', '*', 'role-assignments:delete', 'role-assignments', '*', 'Remove who holds which role', TRUE, 0),
  ('deployment:role-assignments:read', 'deployment', '*', 'role-assignments:read', 'role-assignments', '*', 'See who holds which role', TRUE, 0),
  ('tenant:role-assignments:read', 'tenant', '*', 'role-assignments:read', 'role-assignments', '*', 'See who holds which role', TRUE, 0),
  ('organization_unit:role-assignments:read', 'organization_unit', '*', 'role-assignments:read', 'role-assignments', '*', 'See who holds which role', TRUE, 0),
  ('deployment:roles:create', 'deployment', '*', 'roles:create', 'roles', '*', 'Add roles', TRUE, 0),
  ('tenant:roles:create', 'tenant', '*', 'roles:create', 'roles', '*', 'Add roles', TRUE, 0),
  ('deployment:roles:delete', 'deployment', '*', 'roles:delete', 'roles', '*', 'Remove roles', TRUE, 0),
  ('tenant:roles:delete', 'tenant', '*', 'roles:delete', 'roles', '*', 'Remove roles', TRUE, 0),
  ('deployment:roles:read', 'deployment', '*', 'roles:read', 'roles', '*', 'See roles', TRUE, 0),
  ('tenant:roles:read', 'tenant', '*', 'roles:read', 'roles', '*', 'See roles', TRUE, 0),
  ('deployment:roles:update', 'deployment', '*', 'roles:update', 'roles', '*', 'Change roles', TRUE, 0),
  ('tenant:roles:update', 'tenant', '*', 'roles:update', 'roles', '*', 'Change roles', TRUE, 0),
  ('deployment:scope-mappings:create', 'deployment', '*', 'scope-mappings:create', 'scope-mappings', '*', 'Add which claims scopes give', TRUE, 0),
  ('deployment:scope-mappings:delete', 'deployment', '*', 'scope-mappings:delete', 'scope-mappings', '*', 'Remove which claims scopes give', TRUE, 0),
  ('deployment:scope-mappings:read', 'deployment', '*', 'scope-mappings:read', 'scope-mappings', '*', 'See which claims scopes give', TRUE, 0),
  ('deployment:scope-mappings:update', 'deployment', '*', 'scope-mappings:update', 'scope-mappings', '*', 'Change which claims scopes give', TRUE, 0),
  ('deployment:sessions:delete', 'deployment', '*', 'sessions:delete', 'sessions', '*', 'End sessions', TRUE, 0),
  ('tenant:sessions:delete', 'tenant', '*', 'sessions:delete', 'sessions', '*', 'End sessions', TRUE, 0),
  ('organization_unit:sessions:delete', 'organization_unit', '*', 'sessions:delete', 'sessions', '*', 'End sessions', TRUE, 0),
  ('deployment:sessions:read', 'deployment', '*', 'sessions:read', 'sessions', '*', 'See sessions', TRUE, 0),
  ('tenant:sessions:read', 'tenant', '*', 'sessions:read', 'sessions', '*', 'See sessions', TRUE, 0),
  ('organization_unit:sessions:read', 'organization_unit', '*', 'sessions:read', 'sessions', '*', 'See sessions', TRUE, 0),
  ('deployment:settings:read', 'deployment', '*', 'settings:read', 'settings', '*', 'See settings', TRUE, 0),
  ('tenant:settings:read', 'tenant', '*', 'settings:read', 'settings', '*', 'See settings', TRUE, 0),
  ('deployment:settings:update', 'deployment', '*', 'settings:update', 'settings', '*', 'Change settings', TRUE, 0),
  ('tenant:settings:update', 'tenant', '*', 'settings:update', 'settings', '*', 'Change settings', TRUE, 0),
  ('deployment:signing-keys:read', 'deployment', '*', 'signing-keys:read', 'signing-keys', '*', 'See signing keys', TRUE, 0),
  ('deployment:signing-keys:retire', 'deployment', '*', 'signing-keys:retire', 'signing-keys', '*', 'Retire signing keys', TRUE, 0),
  ('deployment:signing-keys:rotate', 'deployment', '*', 'signing-keys:rotate', 'signing-keys', '*', 'Rotate signing keys', TRUE, 0),
  ('deployment:staff:create', 'deployment', '*', 'staff:create', 'staff', '*', 'Add what staff of the service provider must bring', TRUE, 0),
  ('deployment:staff:delete', 'deployment', '*', 'staff:delete', 'staff', '*', 'Remove what staff of the service provider must bring', TRUE, 0),
  ('deployment:staff:read', 'deployment', '*', 'staff:read', 'staff', '*', 'See what staff of the service provider must bring', TRUE, 0),
  ('deployment:staff:update', 'deployment', '*', 'staff:update', 'staff', '*', 'Change what staff of the service provider must bring', TRUE, 0),
  ('deployment:tenants:approve', 'deployment', '*', 'tenants:approve', 'tenants', '*', 'Approve what others want to do to tenants', TRUE, 0),
  ('deployment:tenants:create', 'deployment', '*', 'tenants:create', 'tenants', '*', 'Add tenants', TRUE, 0),
  ('deployment:tenants:delete', 'deployment', '*', 'tenants:delete', 'tenants', '*', 'Remove tenants', TRUE, 0),
  ('deployment:tenants:read', 'deployment', '*', 'tenants:read', 'tenants', '*', 'See tenants', TRUE, 0),
  ('tenant:tenants:read', 'tenant', '*', 'tenants:read', 'tenants', '*', 'See tenants', TRUE, 0),
  ('deployment:tenants:suspend', 'deployment', '*', 'tenants:suspend', 'tenants', '*', 'Suspend tenants and resume them', TRUE, 0),
  ('deployment:tenants:update', 'deployment', '*', 'tenants:update', 'tenants', '*', 'Change tenants', TRUE, 0),
  ('tenant:tenants:update', 'tenant', '*', 'tenants:update', 'tenants', '*', 'Change tenants', TRUE, 0),
  ('deployment:traces:read', 'deployment', '*', 'traces:read', 'traces', '*', 'See why requests were refused', TRUE, 0),
  ('deployment:units:create', 'deployment', '*', 'units:create', 'units', '*', 'Add organisation units', TRUE, 0),
  ('tenant:units:create', 'tenant', '*', 'units:create', 'units', '*', 'Add organisation units', TRUE, 0),
  ('organization_unit:units:create', 'organization_unit', '*', 'units:create', 'units', '*', 'Add organisation units', TRUE, 0),
  ('deployment:units:delete', 'deployment', '*', 'units:delete', 'units', '*', 'Remove organisation units', TRUE, 0),
  ('tenant:units:delete', 'tenant', '*', 'units:delete', 'units', '*', 'Remove organisation units', TRUE, 0),
  ('organization_unit:units:delete', 'organization_unit', '*', 'units:delete', 'units', '*', 'Remove organisation units', TRUE, 0),
  ('deployment:units:read', 'deployment', '*', 'units:read', 'units', '*', 'See organisation units', TRUE, 0),
  ('tenant:units:read', 'tenant', '*', 'units:read', 'units', '*', 'See organisation units', TRUE, 0),
  ('organization_unit:units:read', 'organization_unit', '*', 'units:read', 'units', '*', 'See organisation units', TRUE, 0),
  ('deployment:units:update', 'deployment', '*', 'units:update', 'units', '*', 'Change organisation units', TRUE, 0),
  ('tenant:units:update', 'tenant', '*', 'units:update', 'units', '*', 'Change organisation units', TRUE, 0),
  ('organization_unit:units:update', 'organization_unit', '*', 'units:update', 'units', '*', 'Change organisation units', TRUE, 0),
  ('deployment:users:create', 'deployment', '*', 'users:create', 'users', '*', 'Add people', TRUE, 0),
  ('deployment:users:delete', 'deployment', '*', 'users:delete', 'users', '*', 'Remove people', TRUE, 0),
  ('deployment:users:export', 'deployment', '*', 'users:export', 'users', '*', 'Export everything kept about people', TRUE, 0),
  ('deployment:users:read', 'deployment', '*', 'users:read', 'users', '*', 'See people', TRUE, 0),
  ('tenant:users:read', 'tenant', '*', 'users:read', 'users', '*', 'See people', TRUE, 0),
  ('organization_unit:users:read', 'organization_unit', '*', 'users:read', 'users', '*', 'See people', TRUE, 0),
  ('deployment:users:reset', 'deployment', '*', 'users:reset', 'users', '*', 'Remove second factors of people', TRUE, 0),
  ('deployment:users:suspend', 'deployment', '*', 'users:suspend', 'users', '*', 'Suspend people and let them in again', TRUE, 0),
  ('deployment:users:unlock', 'deployment', '*', 'users:unlock', 'users', '*', 'Lift locks of people', TRUE, 0),
  ('deployment:users:update', 'deployment', '*', 'users:update', 'users', '*', 'Change people', TRUE, 0);

-- The roles of a service provider, and those that tenants begin with.
INSERT INTO roles (id, tenant_id, name, display_name, description, is_system_role, permissions_json, created_at,
                   updated_at) VALUES
  ('role-operation-admin', 'system', 'operation_admin', '運用管理者', 'Daily operation and support', TRUE,
   '["users:*","sessions:*","lockouts:*","tenants:read","memberships:*","invitations:*","join-codes:*","units:*","groups:*","audit:read","traces:read","jobs:*"]', 0, 0),
  ('role-customer-success', 'system', 'customer_success', 'カスタマーサクセス', 'Support of tenants', TRUE,
   '["users:read","users:unlock","sessions:read","lockouts:*","tenants:read","memberships:read","invitations:*","join-codes:*","units:read","groups:read","audit:read"]', 0, 0),
  ('role-finance-admin', 'system', 'finance_admin', '経理担当者', 'Plans and licences of tenants', TRUE,
   '["tenants:read","tenants:update"]', 0, 0),
  ('role-auditor', 'system', 'auditor', '監査担当者', 'Audit and compliance', TRUE,
   '["audit:*","tenants:read","users:read","memberships:read","roles:read","role-assignments:read","settings:read","signing-keys:read"]', 0, 0),
  ('role-server-manager', 'system', 'server_manager', 'MCPサーバー管理者', 'MCP servers and their tools', TRUE,
   '["mcp-servers:*","resource-servers:*","client-grants:*","api-keys:*"]', 0, 0),
  ('role-template-tenant-owner', 'role-template', 'tenant_owner', 'テナント管理者', 'Everything in the tenant', TRUE,
   '["*"]', 0, 0),
  ('role-template-tenant-admin', 'role-template', 'tenant_admin', 'テナント副管理者', 'People and settings of the tenant', TRUE,
   '["users:read","sessions:*","clients:*","resource-servers:*","client-grants:*","identity-providers:read","tenants:read","tenants:update","units:*","groups:*","memberships:*","join-codes:*","invitations:*","domains:*","roles:read","role-assignments:*","ip-allowlists:*","api-keys:*","audit:read","audit:export","jobs:read","settings:*"]', 0, 0),
  ('role-template-department-manager', 'role-template', 'department_manager', '部門管理者', 'People of a unit and below', TRUE,
   '["users:read","units:read","units:update","groups:*","memberships:read","memberships:create","memberships:update","invitations:*","join-codes:read"]', 0, 0),
  ('role-template-user', 'role-template', 'user', '一般ユーザー', 'Uses the apps', TRUE,
   '["tenants:read"]', 0, 0),
  ('role-template-guest', 'role-template', 'guest', 'ゲストユーザー', 'Looks on', TRUE,
   '["tenants:read"]', 0, 0);
UPDATE roles SET display_name = 'スーパー管理者' WHERE id = 'role-super-admin';
UPDATE roles SET display_name = 'システム管理者',
  permissions_json = '["users:*","sessions:*","lockouts:*","clients:*","resource-servers:*","client-grants:*","scope-mappings:*","claims:preview","identity-providers:*","tenants:*","domains:*","units:*","groups:*","memberships:*","join-codes:*","invitations:*","roles:*","role-assignments:*","ip-allowlists:*","api-keys:*","mcp-servers:*","signing-keys:*","audit:*","traces:read","jobs:*","settings:*"]'
  WHERE id = 'role-admin';
UPDATE roles SET display_name = '閲覧者', permissions_json = '["users:read","clients:read","audit:read","tenants:read","memberships:read","roles:read"]'
  WHERE id = 'role-viewer';
UPDATE roles SET display_name = 'サポート担当者', permissions_json = '["users:read","users:unlock","sessions:*","lockouts:*"]'
  WHERE id = 'role-support';
