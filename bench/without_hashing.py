"""The `hibana` command with passwords that cost next to nothing: for the bench, and nowhere in the program.

A comparison of sign-ins with Argon2 on both sides compares Argon2. The first sign-in of the person
replaces the hash that the real command made; from then on both sides leave it out. Works with one worker,
because further ones are processes of their own.
"""

from functools import partialmethod

from hibana_op.cli.main import hibana
from hibana_op.foundation.passwords import Passwords

Passwords.__init__ = partialmethod(Passwords.__init__, cheap=True)  # type: ignore[assignment, method-assign]

if __name__ == "__main__":
    hibana()
