"""Requests behind an address: OpenID Connect Core §6.2, RFC 9101 §5.2, rows L01 and N02."""

import base64
import hashlib
from typing import Any
from urllib.parse import urlencode

import httpx2

from hibana_op.foundation.documents import REQUEST_OBJECTS_FRESH_FOR
from hibana_op.records.clients import Client
from tests.app_keys import AppKey, key_set, request_claims, unsigned
from tests.app_server import AppServer
from tests.deployment import Deployment, Page, answer
from tests.flows.asking import KEY, is_sign_in
from tests.flows.journeys import is_page, refusal_of
from tests.make import CALLBACK, make_client, make_user

JAR = "application/oauth-authz-req+jwt"


async def an_app(deployment: Deployment, *request_uris: str, **changes: Any) -> Client:
    """An app that signs with KEY and has registered these addresses."""
    return await make_client(deployment.op, jwks=key_set(KEY), request_uris=request_uris, **changes)


async def ask(deployment: Deployment, client: Client, request_uri: str, **outside: str) -> httpx2.Response:
    """Send a browser with the address of a request object."""
    parameters = {"client_id": client.client_id, "response_type": "code", "scope": "openid", **outside}
    query = urlencode({**parameters, "request_uri": request_uri})
    return await deployment.browser().get(f"/authorize?{query}")


def a_fragment(text: str) -> str:
    """The fragment of Core §6.2: the SHA-256 of some content."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


async def test_a_request_is_fetched_once_for_a_whole_journey(reaching_apps: Deployment, app_site: AppServer) -> None:
    client, user = await an_app(reaching_apps, app_site.url("/request")), await make_user(reaching_apps.op)
    app_site.show("/request", KEY.sign(request_claims(client, state="inside")), kind=JAR)
    browser = reaching_apps.browser()
    query = {"client_id": client.client_id, "response_type": "code", "request_uri": app_site.url("/request")}
    page = await browser.get(f"/authorize?{urlencode(query)}")
    app_site.take_down("/request")
    reaching_apps.clock.advance(600)

    asked = await browser.sign_in(page, user)
    assert answer(await browser.submit(Page.read(asked), decision="allow"))["state"] == "inside"
    assert app_site.asked == ["/request"]


async def test_signed_and_unsigned_requests_come_in_every_type_of_document(
    reaching_apps: Deployment, app_site: AppServer
) -> None:
    for number, kind in enumerate((JAR, "application/jwt", "application/jose", "text/plain; charset=us-ascii")):
        for name, sign in (("signed", KEY.sign), ("unsigned", unsigned)):
            path = f"/{name}/{number}"
            client = await an_app(reaching_apps, app_site.url(path))
            app_site.show(path, sign(request_claims(client)), kind=kind)
            assert is_sign_in(await ask(reaching_apps, client, app_site.url(path))), path


async def test_the_fragment_makes_a_document_new_and_says_nothing_else(
    reaching_apps: Deployment, app_site: AppServer
) -> None:
    address = app_site.url("/request")
    # Clients register an address before they know what will be there, so the registered hash may fit nothing.
    client = await an_app(reaching_apps, f"{address}#{a_fragment('whatever')}")
    token = KEY.sign(request_claims(client, prompt="none", state="one"))
    app_site.show("/request", token, kind=JAR)
    first = await ask(reaching_apps, client, f"{address}#{a_fragment('whatever')}")
    changed = KEY.sign(request_claims(client, prompt="none", state="two"))
    app_site.show("/request", changed, kind=JAR)
    still_first = await ask(reaching_apps, client, f"{address}#{a_fragment('whatever')}")
    second = await ask(reaching_apps, client, f"{address}#{a_fragment(changed)}")
    bare = await ask(reaching_apps, client, address)

    assert [answer(each)["state"] for each in (first, still_first, second, bare)] == ["one", "one", "two", "two"]
    assert len(app_site.asked) == 3
    reaching_apps.clock.advance(REQUEST_OBJECTS_FRESH_FOR)
    assert answer(await ask(reaching_apps, client, f"{address}#{a_fragment('whatever')}"))["state"] == "two"


async def test_L01_only_a_registered_address_is_asked(reaching_apps: Deployment, app_site: AppServer) -> None:
    registered = app_site.url("/request")
    client, without = await an_app(reaching_apps, registered), await an_app(reaching_apps)
    token = KEY.sign(request_claims(client))
    for path in ("/request", "/other", "/request?x=1", "/request/", "/request/../request"):
        app_site.show(path, token, kind=JAR)
    wrong = (
        app_site.url("/other"),
        f"{registered}?x=1",
        f"{registered}/",
        f"{registered}/../request",
        registered.replace("https:", "http:"),
        registered.replace("localhost", "LOCALHOST"),
        registered.replace("localhost", "user@localhost"),
        registered.replace("localhost", "127.0.0.1"),
        "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c",
        "file:///etc/passwd",
        "data:application/jwt,x",
        "javascript:alert(1)",
        "//localhost/request",
        "request",
    )
    for address in wrong:
        response = await ask(reaching_apps, client, address, redirect_uri=CALLBACK, state="outside")
        assert (refusal_of(response), answer(response)["state"]) == ("invalid_request_uri", "outside"), address
        assert is_page(await ask(reaching_apps, client, address))
    assert refusal_of(await ask(reaching_apps, without, registered, redirect_uri=CALLBACK)) == "invalid_request_uri"
    assert app_site.asked == []
    assert is_sign_in(await ask(reaching_apps, client, registered))


async def test_L01_a_registered_address_in_the_network_is_not_asked(
    deployment_on_sqlite: Deployment, app_site: AppServer
) -> None:
    addresses = app_site.url("/request"), "https://169.254.169.254/latest", "https://[::1]/", "https://10.0.0.1/"
    client = await an_app(deployment_on_sqlite, *addresses)
    for address in addresses:
        response = await ask(deployment_on_sqlite, client, address, redirect_uri=CALLBACK)
        assert refusal_of(response) == "invalid_request_uri"
        assert answer(response)["error_description"] == "request_uri leads to no request object"
    assert app_site.asked == []


async def test_what_is_no_request_object_is_refused(reaching_apps: Deployment, app_site: AppServer) -> None:
    client = await an_app(reaching_apps, *(app_site.url(f"/{number}") for number in range(8)))
    good = KEY.sign(request_claims(client))
    shown: list[tuple[dict[str, Any], str]] = [
        ({"body": good, "kind": "text/html"}, "invalid_request_uri"),
        ({"body": good, "kind": JAR, "status": 404}, "invalid_request_uri"),
        ({"body": good, "kind": JAR, "status": 302}, "invalid_request_uri"),
        ({"body": "a" * 16385, "kind": JAR}, "invalid_request_uri"),
        ({"body": b"\xff\xfe", "kind": JAR}, "invalid_request_uri"),
        ({"body": "", "kind": JAR}, "invalid_request_object"),
        ({"body": AppKey().sign(request_claims(client)), "kind": JAR}, "invalid_request_object"),
        (
            {"body": KEY.sign(request_claims(client, request_uri="https://x.example/")), "kind": JAR},
            "invalid_request_object",
        ),
    ]
    for number, (document, error) in enumerate(shown):
        address = app_site.show(f"/{number}", **document)
        assert refusal_of(await ask(reaching_apps, client, address, redirect_uri=CALLBACK)) == error, number


async def test_N02_a_client_that_must_sign_may_do_so_behind_an_address(
    reaching_apps: Deployment, app_site: AppServer
) -> None:
    paths = app_site.url("/signed"), app_site.url("/unsigned")
    client = await an_app(reaching_apps, *paths, require_signed_request_object=True)
    app_site.show("/signed", KEY.sign(request_claims(client)), kind=JAR)
    app_site.show("/unsigned", unsigned(request_claims(client)), kind=JAR)
    assert is_sign_in(await ask(reaching_apps, client, paths[0], state="outside", redirect_uri="https://evil.example/"))
    assert is_page(await ask(reaching_apps, client, paths[1]))
