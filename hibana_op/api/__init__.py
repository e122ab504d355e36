"""Floor 4: the management API, one small module for each collection and one table of all of them."""
