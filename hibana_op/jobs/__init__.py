"""Floor 3: work that goes on beside the requests."""
