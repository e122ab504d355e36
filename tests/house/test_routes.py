"""Every address that answers is documented, explains itself and says which methods it takes."""

from ci.write_docs import DOCS, current, first_sentence
from hibana_op.routes import ROUTES


def test_the_page_of_endpoints_is_current() -> None:
    assert (DOCS / "endpoints.md").read_text(encoding="utf-8") == current("endpoints.md"), "run `make docs`"


def test_the_page_of_the_api_is_current() -> None:
    assert (DOCS / "api.md").read_text(encoding="utf-8") == current("api.md"), "run `make docs`"


def test_every_route_says_what_it_does() -> None:
    silent = [route.path for route in ROUTES if not first_sentence(route.endpoint)]
    assert not silent, f"the endpoints of {silent} need a docstring"


def test_no_path_stands_twice_for_a_method() -> None:
    seen = [(route.path, method) for route in ROUTES for method in route.methods]
    twice = sorted({pair for pair in seen if seen.count(pair) > 1})
    assert not twice, f"hibana_op/routes.py: {twice}"
