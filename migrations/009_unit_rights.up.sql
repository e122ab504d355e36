-- A group is its whole tenant's: nobody adds or removes one who has to do with a unit alone.
DELETE FROM permission_scopes
WHERE scope_type = 'organization_unit' AND permission IN ('groups:create', 'groups:delete');
-- Codes are disabled, and stay in the list: nothing ever asked for this.
DELETE FROM permission_scopes WHERE permission = 'join-codes:delete';
