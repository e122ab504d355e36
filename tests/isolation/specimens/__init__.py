"""A valid request of every route and method: where ids stand in it, and which ranks it opens to.

To add one for a new row of hibana_op/routes.py:
1. In the module that fits (or a new one with a table SPECIMENS) add `("POST", "/path/{thing}"): Specimen(...)`.
2. `ranks`: what comes of it for each rank; EVERYBODY, NOBODY, SIGNED_IN, or a table of your own.
3. `asks`: requests that succeed; every id in them is an `Own("name")`, by a name that `made` gives (see making.py).
4. Where the answer may say that another tenant's thing is there, or shows its name, write why: `told=`, `shows=`.
5. A POST that needs no form of ours says why in `foreign_form`; all else of it is tested as it is.
"""

from hibana_op.routes import ROUTES
from tests.isolation.asking import Specimen
from tests.isolation.specimens import account, console, federation, impersonation, joining, protocol, scripts, sign_in

MODULES = (protocol, sign_in, joining, federation, account, console, impersonation, scripts)


def specimens() -> dict[tuple[str, str], Specimen]:
    """Every specimen, by method and path."""
    return {key: specimen for module in MODULES for key, specimen in module.SPECIMENS.items()}


# Every row of the table; one without a specimen fails test_every_route, and that once.
ROWS = [(method, route.path) for route in ROUTES for method in route.methods if (method, route.path) in specimens()]
