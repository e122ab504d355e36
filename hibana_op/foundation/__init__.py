"""Floor 0: errors, events, clock, secrets, JOSE and everything that goes out."""
