"""npm's oauth4webapi, which leaves every step and check to be asked for, completes every profile that it knows."""

from secrets import token_hex

import pytest

from tests.interop.node import Node, run
from tests.interop.variants import FORMS, ID_TOKEN_ALGORITHMS, PROOFS, Form, Proof, each
from tests.make import PASSWORD
from tests.server import HibanaProcess
from tests.visitor import ALICE, register_app


@each("proof", PROOFS)
def test_it_completes_the_code_flow_and_what_follows(node: Node, engine: str, proof: Proof) -> None:
    node.run("oauth4webapi_code_flow.mjs", engine, method=proof.method, algorithm=proof.algorithm)


@each("method", ["client_secret_basic"])
def test_it_takes_a_code_that_is_posted(node: Node, engine: str, method: str) -> None:
    node.run("oauth4webapi_code_flow.mjs", engine, method=method, response_mode="form_post")


@each("algorithm", ID_TOKEN_ALGORITHMS)
@pytest.mark.parametrize("response_mode", ["fragment", "form_post"])
def test_it_takes_an_id_token_beside_the_code(node: Node, engine: str, algorithm: str, response_mode: str) -> None:
    node.run("oauth4webapi_hybrid.mjs", engine, algorithm=algorithm, response_mode=response_mode)


@each("form", FORMS)
def test_it_signs_its_requests_and_reads_what_is_signed_and_encrypted(node: Node, engine: str, form: Form) -> None:
    told = {"encryption": form.encryption, "content_encryption": form.content_encryption, "metadata": form.metadata}
    node.run("oauth4webapi_jose.mjs", engine, algorithm=form.algorithm, **told)


@pytest.mark.parametrize(
    "hibana_server", [("sqlite", 1), ("postgres", 2)], ids=["sqlite-1", "postgres-2"], indirect=True
)
def test_it_checks_access_tokens_for_an_api_and_gets_its_own(hibana_server: HibanaProcess, alice: str) -> None:
    api = f"https://api.example/{token_hex(4)}"
    app = register_app(hibana_server, grants=("authorization_code", "refresh_token", "client_credentials"))
    hibana_server.command("resource", "create", f"--identifier={api}", "--name=Example API", "--scope=read=Read things")
    hibana_server.command("resource", "allow", api, f"--client={app.client_id}")
    told = {
        "issuer": hibana_server.issuer,
        "email": ALICE,
        "password": PASSWORD,
        "client_id": app.client_id,
        "secret": app.secret,
        "redirect_uri": app.redirect_uri,
        "subject": alice,
        "resource": api,
    }
    run("oauth4webapi_resource.mjs", told)
