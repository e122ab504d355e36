"""The command line: what administrators and machines start Hibana with."""
