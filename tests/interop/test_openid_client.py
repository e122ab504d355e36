"""npm's openid-client, with all its checks on, completes every profile that it knows."""

import pytest

from tests.interop.node import AFTER_LOGOUT, Node, run
from tests.interop.variants import FORMS, ID_TOKEN_ALGORITHMS, PROOFS, Form, Proof, each
from tests.make import PASSWORD
from tests.server import HibanaProcess
from tests.visitor import ALICE, register_app

ANSWERS = [
    *((kind, "RS256", "form_post") for kind in ("id_token", "code id_token", "code")),
    *((kind, algorithm, "fragment") for kind in ("code id_token", "id_token") for algorithm in ID_TOKEN_ALGORITHMS),
]


@each("proof", PROOFS)
def test_it_completes_the_code_flow_and_what_follows(node: Node, engine: str, proof: Proof) -> None:
    node.run("openid_client_code_flow.mjs", engine, method=proof.method, algorithm=proof.algorithm)


@pytest.mark.parametrize("method", ["client_secret_basic", "none"])
@pytest.mark.parametrize(
    "hibana_server", [("sqlite", 1), ("postgres", 2)], ids=["sqlite-1", "postgres-2"], indirect=True
)
@pytest.mark.usefixtures("alice")
def test_it_completes_them_where_an_operator_registered_it(hibana_server: HibanaProcess, method: str) -> None:
    app = register_app(hibana_server, f"--auth-method={method}", f"--post-logout-redirect-uri={AFTER_LOGOUT}")
    told = {
        "issuer": hibana_server.issuer,
        "email": ALICE,
        "password": PASSWORD,
        "client_id": app.client_id,
        "secret": app.secret,
        "method": method,
        "redirect_uri": app.redirect_uri,
        "post_logout_redirect_uri": AFTER_LOGOUT,
    }
    run("openid_client_code_flow.mjs", told)


@each("answer", ANSWERS)
def test_it_takes_what_comes_through_the_browser(node: Node, engine: str, answer: tuple[str, str, str]) -> None:
    response_type, algorithm, mode = answer
    told = {"response_type": response_type, "algorithm": algorithm, "response_mode": mode}
    node.run("openid_client_front_channel.mjs", engine, **told)


@each("form", FORMS)
def test_it_signs_its_requests_and_reads_what_is_signed_and_encrypted(node: Node, engine: str, form: Form) -> None:
    told = {"encryption": form.encryption, "content_encryption": form.content_encryption, "metadata": form.metadata}
    node.run("openid_client_jose.mjs", engine, algorithm=form.algorithm, **told)
