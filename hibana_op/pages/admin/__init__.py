"""The console: rooms for those who run an organisation."""
