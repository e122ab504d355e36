"""Floor 2: every table, every line of SQL."""
