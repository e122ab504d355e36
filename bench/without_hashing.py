"""The `hibana` command with passwords that cost next to nothing: for the bench, and nowhere in the program.

A comparison of sign-ins with Argon2 on both sides compares Argon2. The first sign-in of a person replaces
the hash that the real command made; from then on both sides leave it out. Every worker process imports this
module before it builds the application.
"""

from starlette.types import ASGIApp

from hibana_op import app
from hibana_op.cli.main import hibana
from hibana_op.config import inherited


def from_inherited_settings() -> ASGIApp:
    """The application as `hibana serve` builds it, with the cheapest parameters for passwords."""
    return app.build_app(inherited(), cheap_passwords=True)


app.from_inherited_settings = from_inherited_settings

if __name__ == "__main__":
    hibana()
