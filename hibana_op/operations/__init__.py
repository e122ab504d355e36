"""What administrators do with a whole deployment: its keys, its log, its copies, its first administrator."""
