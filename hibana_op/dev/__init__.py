"""Floor 5, in `hibana dev` only: people with known passwords, the start page, the outbox and a demo app."""
