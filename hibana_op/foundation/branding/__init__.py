"""What an organisation may choose of how its pages look, and what keeps them readable and harmless."""
