-- Acting as somebody else: an administrator who gave a reason, in a browser where they are signed in themselves.
ALTER TABLE sessions ADD COLUMN impersonator_id TEXT REFERENCES users (id) ON DELETE CASCADE;
ALTER TABLE sessions ADD COLUMN impersonator_session_id TEXT REFERENCES sessions (id) ON DELETE CASCADE;
ALTER TABLE sessions ADD COLUMN impersonation_reason TEXT;
CREATE INDEX sessions_impersonator ON sessions (impersonator_id) WHERE impersonator_id IS NOT NULL;
CREATE INDEX sessions_impersonator_session ON sessions (impersonator_session_id)
  WHERE impersonator_session_id IS NOT NULL;

-- What apps got in such a session names who acts, as long as it counts.
ALTER TABLE token_families ADD COLUMN impersonator_id TEXT REFERENCES users (id) ON DELETE CASCADE;
CREATE INDEX token_families_impersonator ON token_families (impersonator_id) WHERE impersonator_id IS NOT NULL;

-- Beside the person, the log names who acted as them; the chain covers a keyed reference, so they can be forgotten.
ALTER TABLE audit_log ADD COLUMN impersonator_id TEXT;
ALTER TABLE audit_log ADD COLUMN impersonator_reference TEXT;
CREATE INDEX audit_log_impersonator ON audit_log (impersonator_id) WHERE impersonator_id IS NOT NULL;

-- The address that begins it: for one administrator, once, and not for long.
CREATE TABLE impersonation_requests (
  token_hash TEXT PRIMARY KEY,
  impersonator_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  reason TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX impersonation_requests_impersonator ON impersonation_requests (impersonator_id);
CREATE INDEX impersonation_requests_user ON impersonation_requests (user_id);
CREATE INDEX impersonation_requests_expires_at ON impersonation_requests (expires_at);

-- A noun of its own, so that no role that gives all about people gives this with it.
INSERT INTO permission_scopes (id, scope_type, scope_id, permission, resource_type, resource_pattern, description,
                               is_active, created_at) VALUES
  ('deployment:impersonation:create', 'deployment', '*', 'impersonation:create', 'impersonation', '*',
   'Act as somebody else', TRUE, 0);
