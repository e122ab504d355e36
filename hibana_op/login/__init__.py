"""Floor 3: how people prove who they are."""
