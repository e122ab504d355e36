ALTER TABLE passwords DROP COLUMN recovered_at;
