"""Floor 3: work in the background that no request waits for."""
