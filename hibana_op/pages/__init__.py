"""Floor 4: what people see."""
