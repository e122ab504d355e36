"""Floor 3: who belongs where, and who may do what."""
