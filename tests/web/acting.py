"""The pages on which an administrator acts as somebody else, as the controllers fill them."""

from collections.abc import Iterator, Mapping

from hibana_op.web.visit import ActingAs

REASON = "問い合わせ4711番: the invoices of January are not shown, and nobody knows why"


def pages(form: Mapping[str, object], address: str) -> Iterator[tuple[str, str, Mapping[str, object], int]]:
    """For each: its name, its template, what it is filled with, and its status."""
    asked = {
        "csrf": form["csrf"],
        "interaction": None,
        "action": "/idp/impersonate/token",
        "account": {"name": "山田 花子", "email": address},
        "reason": REASON,
    }
    acting_as = ActingAs(address, REASON, str(form["csrf"]))
    home = {"account": {"name": None, "email": address}, "csrf": form["csrf"], "login_url": None}
    yield "impersonate", "impersonate.html", asked, 200
    yield "impersonate-unnamed", "impersonate.html", {**asked, "account": {"name": None, "email": address}}, 200
    yield "home-acting", "home.html", {**home, "acting_as": acting_as}, 200
