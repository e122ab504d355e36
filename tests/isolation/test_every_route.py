"""Every route is asked about in the matrices: a new one without a specimen fails here."""

from operator import attrgetter
from pathlib import Path

from hibana_op.api.operation import ROOT
from hibana_op.api.table import by_path
from hibana_op.pages import logos
from hibana_op.routes import ROUTES
from hibana_op.web import looks
from tests.deployment import deploy
from tests.isolation.specimens import MODULES, specimens

# Files and signs of life, the same for everybody: no session, token or form counts there.
FILES = {"/static/{fingerprint}/{name}", logos.PATH, looks.PATH, "/healthz", "/readyz", "/metrics"}
ADD = "tests/isolation/specimens/__init__.py says in five lines how to add one"


def test_O01_P01_every_route_and_method_has_a_specimen() -> None:
    missing = {(method, route.path) for route in ROUTES for method in route.methods} - specimens().keys()
    assert not missing, f"no specimen of {sorted(missing)}: {ADD}"


def test_every_specimen_is_of_a_route() -> None:
    left = specimens().keys() - {(method, route.path) for route in ROUTES for method in route.methods}
    assert not left, f"hibana_op/routes.py has no {sorted(left)}"


def test_no_specimen_stands_twice() -> None:
    assert sum(len(module.SPECIMENS) for module in MODULES) == len(specimens())


def test_every_id_in_a_path_is_one_of_somebody() -> None:
    for (method, path), specimen in specimens().items():
        wanted = {part[1:-1] for part in path.split("/") if part.startswith("{")}
        assert all(set(ask.path) == wanted for ask in specimen.asks), f"{method} {path}"


async def test_P01_the_application_answers_no_address_beyond_the_tables(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hibana.db'}"
    async with deploy(url, tmp_path, HIBANA_REGISTRATION="open") as deployment:
        dispatch = attrgetter("_app.app")(deployment.app)
        exact, others = attrgetter("_exact", "_others.routes")(dispatch)
        answered = {*exact, *(route.path for route in others)}

    assert answered == {*(route.path for route in ROUTES), *(ROOT + path for path in by_path()), *FILES}
