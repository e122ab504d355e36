"""Passkeys: Web Authentication Level 3, as a relying party."""
