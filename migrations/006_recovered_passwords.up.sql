-- When a password was set by a link to the mailbox, until it is proven beside something else: so long it proves the
-- mailbox and no more, and a code sent there adds nothing to it.
ALTER TABLE passwords ADD COLUMN recovered_at BIGINT;
