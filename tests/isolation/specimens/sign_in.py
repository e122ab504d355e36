"""The way from an app's request to its answer, and out again."""

from typing import Any

from hibana_op.foundation import secrets
from hibana_op.login import links
from tests.deployment import VERIFIER
from tests.isolation.asking import EVERYBODY, LOOK, SIGN_IN, SIGNED_IN, Ask, Held, Made, Maker, Own, Specimen
from tests.isolation.belongings import a_realm, a_visit_of_mine
from tests.isolation.making import (
    a_directory_visit,
    a_half_visit,
    a_link,
    a_named_visit,
    a_request,
    a_visit,
    a_visit_that_lacks,
    an_app,
    some_tokens,
)
from tests.isolation.scene import Rank, Scene, one_more, sign_in_at
from tests.make import PASSWORD

PUBLIC = "an app's sign-in page is public, and names the app"
ELSEWHERE = "only who was given the address of a sign-in can name it; the page says that another browser began it"
UNTOLD = "whether there is such a person stays unsaid"
SHOWN = "an ID token says itself for which app it is"
VISIT = {"interaction": Own("interaction", told=ELSEWHERE)}
NOBODY_YET = dict.fromkeys(Rank, SIGN_IN)
APP = {
    "response_type": "code",
    "scope": "openid email",
    "state": "the-state",
    "nonce": "the-nonce",
    "code_challenge": secrets.digest(VERIFIER),
    "code_challenge_method": "S256",
}
MINE = APP | {"client_id": Held("client_id"), "redirect_uri": Held("redirect_uri")}


async def _a_mailed_link(scene: Scene) -> Made:
    """The link of somebody who signs in by mail."""
    visit, user = await a_visit(scene), await one_more(scene)
    return {**visit, **await a_link(scene, links.MAGIC_LINK, user=user, interaction=visit["interaction"])}


async def _signed_in(scene: Scene) -> Made:
    """A sign-in on its way in a browser in which somebody else is signed in."""
    if scene.user is None:
        await sign_in_at(scene.browser, await one_more(scene))
    digest = secrets.digest(scene.cookie("session").partition(".")[0])
    row = await scene.op.db.one("SELECT id FROM sessions WHERE token_hash = :digest", digest=digest)
    assert row is not None
    return {**await a_visit(scene), "account": str(row["id"])}


def _asked(where: str) -> tuple[Ask, ...]:
    def ask(made: Maker = a_request, **fields: Any) -> Ask:
        parts: dict[str, Any] = {where: {**MINE, **fields}}
        return Ask(made=made, **parts)

    hint = Own("id_token", told="an ID token that we signed is read, whomever it is about")
    return (
        ask(an_app, client_id=Own("client_id", told=PUBLIC, shows=(*LOOK, "name")), redirect_uri=Own("redirect_uri")),
        ask(tenant=Own("tenant")),
        ask(organization=Own("tenant")),
        ask(resource=Own("resource"), scope="openid read"),
        ask(some_tokens, id_token_hint=hint, prompt="none"),
        ask(login_hint=Own("email", silent=UNTOLD)),
        ask(claims='{"id_token": {"email": null}}', login_hint=Own("sub", silent=UNTOLD)),
    )


def _both(path: str, made: Any, ranks: Any, **form: Any) -> dict[tuple[str, str], Specimen]:
    """A page that names a sign-in, and its form."""
    return {
        ("GET", path): Specimen(ranks=EVERYBODY, asks=(Ask(made=made, query=VISIT, signed_out=True),)),
        ("POST", path): Specimen(ranks=ranks, asks=(Ask(made=made, form=VISIT | form, signed_out=True),)),
    }


SPECIMENS = {
    ("GET", "/authorize"): Specimen(ranks=SIGNED_IN, asks=_asked("query")),
    ("POST", "/authorize"): Specimen(
        ranks=SIGNED_IN, asks=_asked("form"), foreign_form="apps send people here by forms of their own (Core §3.1.2.1)"
    ),
    ("GET", "/login"): Specimen(ranks=EVERYBODY, asks=(Ask(made=a_visit, query=VISIT, signed_out=True),)),
    ("POST", "/login"): Specimen(
        ranks=EVERYBODY,
        asks=(
            Ask(made=a_named_visit, form=VISIT | {"username": Own("email", silent=UNTOLD)}, signed_out=True),
            Ask(
                made=a_directory_visit,
                form=VISIT | {"provider": Own("provider", silent="the next page decides")},
                signed_out=True,
            ),
            Ask(made=a_realm, form=VISIT | {"username": Own("address")}, signed_out=True),
        ),
    ),
    **_both("/login/password", a_named_visit, EVERYBODY, password=PASSWORD),
    **_both("/login/mfa", a_half_visit, EVERYBODY, method="totp", code="000000"),
    **_both("/login/email", a_named_visit, EVERYBODY, send="1"),
    **_both("/login/set-up", a_visit_that_lacks, EVERYBODY, setup="", code="000000"),
    ("GET", "/login/link"): Specimen(
        ranks=EVERYBODY,
        asks=(
            Ask(
                made=_a_mailed_link, query={"token": Own("token", told="who has it reads the mailbox")}, signed_out=True
            ),
        ),
    ),
    ("POST", "/login/link"): Specimen(
        ranks=EVERYBODY,
        asks=(
            Ask(
                made=_a_mailed_link, form={"token": Own("token", told="who has it reads the mailbox")}, signed_out=True
            ),
        ),
    ),
    ("GET", "/login/accounts"): Specimen(ranks=EVERYBODY, asks=(Ask(made=a_visit, query=VISIT),)),
    ("POST", "/login/accounts"): Specimen(
        ranks=NOBODY_YET,
        asks=(
            Ask(made=_signed_in, form=VISIT | {"account": Own("account")}, signed_out=True),
            Ask(made=_signed_in, form=VISIT | {"forget": Own("account")}, signed_out=True),
        ),
    ),
    ("GET", "/login/passkey-offer"): Specimen(ranks=SIGNED_IN, asks=(Ask(made=a_visit, query=VISIT),)),
    ("POST", "/login/passkey-offer"): Specimen(
        ranks=SIGNED_IN, asks=(Ask(made=a_visit, form=VISIT | {"decision": "later"}),)
    ),
    ("GET", "/login/organizations"): Specimen(ranks=SIGNED_IN, asks=(Ask(made=a_visit_of_mine, query=VISIT),)),
    ("POST", "/login/organizations"): Specimen(
        ranks=NOBODY_YET, asks=(Ask(made=a_visit_of_mine, form=VISIT | {"membership": Own("membership")}),)
    ),
    ("GET", "/login/continue"): Specimen(ranks=NOBODY_YET, asks=(Ask(made=a_visit, query=VISIT),)),
    ("GET", "/login/keep"): Specimen(ranks=NOBODY_YET, asks=(Ask(made=a_visit, query=VISIT),)),
    ("POST", "/login/keep"): Specimen(ranks=NOBODY_YET, asks=(Ask(made=a_visit, form=VISIT | {"decision": "later"}),)),
    ("GET", "/consent"): Specimen(ranks=SIGNED_IN, asks=(Ask(made=a_visit, query=VISIT),)),
    ("POST", "/consent"): Specimen(ranks=SIGNED_IN, asks=(Ask(made=a_visit, form=VISIT | {"decision": "deny"}),)),
    ("GET", "/logout"): Specimen(
        ranks=EVERYBODY,
        asks=(
            Ask(),
            Ask(made=an_app, query={"client_id": Own("client_id", told=PUBLIC, shows=(*LOOK, "name"))}),
            Ask(
                made=some_tokens,
                query={
                    "id_token_hint": Own("id_token", told=SHOWN, shows=(*LOOK, "name")),
                    "client_id": Held("client_id"),
                    "post_logout_redirect_uri": Own("bye"),
                },
            ),
            Ask(made=a_request, query={"logout_hint": Own("email", silent=UNTOLD)}),
        ),
    ),
    ("POST", "/logout"): Specimen(
        ranks=EVERYBODY,
        foreign_form="apps send people here by forms of their own; without the token nobody is signed out, but asked",
        asks=(
            Ask(form={}),
            Ask(made=an_app, form={"client_id": Own("client_id", told=PUBLIC, shows=(*LOOK, "name"))}),
            Ask(
                made=some_tokens,
                form={"id_token_hint": Own("id_token", told=SHOWN, shows=(*LOOK, "name"))},
            ),
        ),
    ),
}
