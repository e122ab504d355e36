"""Floor 3: the protocol, one act of an RFC in each file."""
