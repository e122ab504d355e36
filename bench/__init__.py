"""What Hibana's speed is measured with: a load generator, ceilings of the machine, and a peer."""
