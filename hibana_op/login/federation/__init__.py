"""Signing in with another provider: out with a one-time state, back with a proof of who somebody is there."""
