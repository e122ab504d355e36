"""What every page carries, what a form may lead to, and that no value becomes markup."""

from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from jinja2 import UndefinedError
from starlette.responses import HTMLResponse, Response

from hibana_op.web.browser import build_renderer, host_of, is_linkable, is_own_image, origin_of
from hibana_op.web.look import PLAIN
from hibana_op.web.words import LANGUAGES
from tests.web.hostile import POLYGLOTS, filled
from tests.web.samples import Sample, samples

RENDERER = build_renderer("/idp", https=True)
EVERY_PAGE = [(language, name) for language in LANGUAGES for name in samples(language)]


class Outline(HTMLParser):
    """The tags of a page with the names of their attributes, and the values that lead somewhere."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.leads: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.leads += [value or "" for name, value in attrs if name in {"href", "src", "action"}]


def show(sample: Sample, language: str = "en", **context: object) -> HTMLResponse:
    return RENDERER.page(
        sample.template,
        language=language,
        status=sample.status,
        form_action=sample.form_action,
        frames=(),
        current_url="/idp/login?interaction=1",
        look=PLAIN,
        **{**sample.context, **context},
    )


def text_of(response: Response) -> str:
    return bytes(response.body).decode()


def policy_of(response: Response) -> dict[str, list[str]]:
    directives = response.headers["content-security-policy"].split(";")
    return {words[0]: words[1:] for words in map(str.split, directives)}


def every_response() -> Iterator[Response]:
    for language, name in EVERY_PAGE:
        yield show(samples(language)[name], language)
    yield RENDERER.form_post("https://rp.example/cb", {"code": "c"}, language="en")


def test_G02_no_page_may_be_framed() -> None:
    for response in every_response():
        assert response.headers["x-frame-options"] == "DENY"
        assert policy_of(response)["frame-ancestors"] == ["'none'"]


def test_G03_every_page_forbids_what_it_does_not_need() -> None:
    for response in every_response():
        policy = policy_of(response)
        for directive in ("default-src", "object-src", "base-uri"):
            assert policy[directive] == ["'none'"]
        assert policy["style-src"] == ["'self'"]
        assert policy["img-src"] == ["'self'", "data:"]
        assert "unsafe" not in response.headers["content-security-policy"]
        assert "*" not in response.headers["content-security-policy"]


def test_G03_the_whole_policy_of_an_ordinary_page() -> None:
    assert show(samples("en")["login"]).headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )


def test_G04_every_page_carries_the_protective_headers() -> None:
    for response in every_response():
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cross-origin-opener-policy"] == "same-origin"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["strict-transport-security"] == "max-age=31536000"
        assert "publickey-credentials-get=(self)" in response.headers["permissions-policy"]


def test_G04_plain_http_does_not_promise_https() -> None:
    response = build_renderer("", https=False).page("logged_out.html", language="en", app=None)
    assert "strict-transport-security" not in response.headers


def test_G05_pages_name_only_their_own_files() -> None:
    for response in every_response():
        outline = Outline(text_of(response))
        assert "style" not in {tag for tag, _ in outline.tags}
        for tag, names in outline.tags:
            assert "style" not in names
            assert not any(name.startswith("on") for name in names)
            if tag == "script":
                assert "src" in names or "script-src 'sha256-" in response.headers["content-security-policy"]
        assert "url(http" not in text_of(response)


def test_G05_a_logo_on_another_host_is_not_fetched() -> None:
    app = samples("en")["login"].context["app"]
    sample = samples("en")["login"]
    for uri, shown in (
        ("https://cdn.example/logo.png", False),
        ("//cdn.example/logo.png", False),
        ("/\\cdn.example/logo.png", False),
        ("/idp/logo.png", True),
        ("data:image/png;base64,AAAA", True),
    ):
        page = text_of(show(sample, app=replace(app, logo_uri=uri)))  # type: ignore[type-var]
        assert ("<img" in page) is shown, uri


@pytest.mark.parametrize(("language", "name"), EVERY_PAGE)
def test_R01_no_value_becomes_markup(language: str, name: str) -> None:
    sample = samples(language)[name]
    plain = Outline(text_of(show(sample, language, **filled(sample.context, "plain"))))
    for polyglot in POLYGLOTS:
        context = filled(sample.context, polyglot)
        hostile = Outline(text_of(show(sample, language, **context)))
        assert hostile.tags == plain.tags, polyglot
        as_sent = polyglot.encode("utf-8", "replace").decode()
        for lead in hostile.leads:
            # A controller's own address may hold anything; what a client registered may not.
            assert lead == as_sent or lead.startswith(("/idp/", f"/idp{as_sent}"))


@pytest.mark.parametrize("polyglot", POLYGLOTS)
def test_R01_what_a_client_registered_is_linked_only_when_it_is_a_web_address(polyglot: str) -> None:
    hostile = filled(samples("en")["consent"].context["app"], polyglot)
    page = text_of(show(samples("en")["consent"], app=hostile))
    assert "App website" not in page
    assert "alert(1)" not in "".join(Outline(page).leads)
    back = text_of(show(samples("en")["logged-out"], app=hostile))
    assert all(lead.startswith("/idp/") for lead in Outline(back).leads)
    error = text_of(show(samples("en")["error"], back_url=polyglot))
    assert all(lead.startswith("/idp/") for lead in Outline(error).leads)


def test_a_template_that_is_not_given_its_context_fails() -> None:
    with pytest.raises(UndefinedError):
        RENDERER.page("login.html", language="en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_which_language_it_speaks(language: str) -> None:
    response = show(samples(language)["login"], language)
    assert response.headers["content-language"] == language
    assert f'<html lang="{language}">' in text_of(response)
    assert 'href="/idp/login?interaction=1&amp;ui_locales=en" lang="en"' in text_of(response)


def test_a_page_without_an_address_has_no_language_switch() -> None:
    page = RENDERER.page("logged_out.html", language="en", app=None)
    assert "ui_locales" not in text_of(page)


def test_the_status_is_kept() -> None:
    assert show(samples("en")["error-server"]).status_code == 500


def test_F02_the_language_cookie_lasts_a_year_and_is_bound_to_this_host() -> None:
    response = Response()
    response.set_cookie(**RENDERER.language_cookie("ja"))
    cookie = response.headers["set-cookie"].lower()
    for part in ("__host-hibana_language=ja", "max-age=31536000", "path=/;", "secure", "httponly", "samesite=lax"):
        assert part in cookie
    plain = build_renderer("", https=False).language_cookie("en")
    assert (plain["key"], plain["path"], plain["secure"]) == ("hibana_language", "/", False)


ORIGINS = [
    ("https://rp.example/cb?x=1#y", "https://rp.example"),
    ("https://RP.Example:8443/cb", "https://rp.example:8443"),
    ("http://localhost:3000/cb", "http://localhost:3000"),
    ("http://127.0.0.1:49152/", "http://127.0.0.1:49152"),
    ("https://xn--wgv71a119e.example/cb", "https://xn--wgv71a119e.example"),
    ("https://rp.example./cb", "https://rp.example."),
    ("http://[::1]:8080/cb", "http:"),
    ("http://my_app:3000/cb", "http:"),
    ("https://日本.example/cb", "https:"),
    ("https://user@rp.example/cb", "https:"),
    ("https://good.example\\@evil.example/", "https:"),
    ("https://*/cb", "https:"),
    ("https://rp.example;script-src *", "https:"),
    ("https://rp.example 'unsafe-inline'/", "https:"),
    ("com.example.app:/oauth", "com.example.app:"),
    ("MyApp+v2://callback", "myapp+v2:"),
]


@pytest.mark.parametrize(("uri", "source"), ORIGINS)
def test_a_redirect_uri_has_a_source_for_the_policy(uri: str, source: str) -> None:
    assert origin_of(uri) == source
    page = RENDERER.page("logged_out.html", language="en", app=None, form_action=(source,))
    assert policy_of(page)["form-action"] == ["'self'", source]


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:https://rp.example/1",
        "file:///etc/passwd",
        "about:blank",
        "",
        "/cb",
        "rp.example/cb",
        "1app:/cb",
        "my app:/cb",
        "app;script-src *:/cb",
        "日本:/cb",
        "app\n:/cb",
        "https://[::1/cb",
    ],
)
def test_what_cannot_be_redirected_to_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        origin_of(uri)


@pytest.mark.parametrize(
    "source",
    [
        "*",
        "https://*",
        "https://*.example",
        "'unsafe-inline'",
        "'self'",
        "https://rp.example; script-src *",
        "https://rp.example 'unsafe-inline'",
        "https://rp.example/path",
        "https://rp.example\n",
        "https://rp.example:123456",
        "HTTPS://rp.example",
        "ws://rp.example",
        "javascript:",
        "data:",
        "app:x",
        "",
    ],
)
def test_G03_the_policy_takes_no_source_that_is_not_an_origin_or_a_scheme(source: str) -> None:
    with pytest.raises(ValueError, match="not an origin"):
        RENDERER.page("logged_out.html", language="en", app=None, form_action=(source,))


def test_a_source_given_twice_is_named_once() -> None:
    sources = ("https://rp.example", "https://rp.example", "app:")
    page = RENDERER.page("logged_out.html", language="en", app=None, form_action=sources)
    assert policy_of(page)["form-action"] == ["'self'", "https://rp.example", "app:"]


def test_form_post_may_lead_only_to_the_app_and_run_only_its_own_line() -> None:
    page = RENDERER.form_post("https://rp.example/cb", {"code": "c"}, language="en")
    policy = policy_of(page)
    assert policy["form-action"] == ["https://rp.example"]
    assert len(policy["script-src"]) == 1
    assert policy["script-src"][0].startswith("'sha256-")
    assert "connect-src" not in policy


@pytest.mark.parametrize("polyglot", POLYGLOTS)
def test_R01_form_post_escapes_what_it_carries(polyglot: str) -> None:
    plain = Outline(text_of(RENDERER.form_post("https://rp.example/cb", {"state": "x"}, language="ja")))
    page = RENDERER.form_post(f"https://rp.example/cb?next={polyglot}", {"state": polyglot}, language="ja")
    assert Outline(text_of(page)).tags == plain.tags


def test_form_post_refuses_an_address_that_runs() -> None:
    with pytest.raises(ValueError, match="not an origin"):
        RENDERER.form_post("javascript:alert(1)", {}, language="en")


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("https://rp.example:8443/cb", "rp.example:8443"),
        ("http://[::1]:3000/cb", "[::1]:3000"),
        ("com.example.app:/cb", "com.example.app"),
    ],
)
def test_a_person_is_told_where_they_return_to(uri: str, host: str) -> None:
    assert host_of(uri) == host


def test_links_lead_to_the_web_or_stay_here() -> None:
    assert is_linkable("https://rp.example")
    assert is_linkable("HTTP://rp.example")
    assert is_linkable("/idp/login")
    assert not is_linkable("//rp.example")
    assert not is_linkable("myapp://callback")
    assert not is_own_image("data:text/html,x")
