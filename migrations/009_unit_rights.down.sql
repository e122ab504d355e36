INSERT INTO permission_scopes (id, scope_type, scope_id, permission, resource_type, resource_pattern, description,
                               is_active, created_at) VALUES
  ('organization_unit:groups:create', 'organization_unit', '*', 'groups:create', 'groups', '*', 'Add groups', TRUE, 0),
  ('organization_unit:groups:delete', 'organization_unit', '*', 'groups:delete', 'groups', '*', 'Remove groups', TRUE, 0),
  ('deployment:join-codes:delete', 'deployment', '*', 'join-codes:delete', 'join-codes', '*', 'Remove join codes', TRUE, 0),
  ('tenant:join-codes:delete', 'tenant', '*', 'join-codes:delete', 'join-codes', '*', 'Remove join codes', TRUE, 0),
  ('organization_unit:join-codes:delete', 'organization_unit', '*', 'join-codes:delete', 'join-codes', '*', 'Remove join codes', TRUE, 0);
