"""An unattended browser without scripts: follows redirects, fills in the hosted forms, and stops at the app."""

import ssl
from dataclasses import dataclass
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2

from tests.conformance.html import Document
from tests.make import PASSWORD

MOST_STEPS = 20


@dataclass(frozen=True, slots=True)
class Landing:
    """The browser's arrival at an address of the relying party."""

    method: str
    url: str
    query: dict[str, str]
    fragment: dict[str, str]
    form: dict[str, str]


@dataclass(frozen=True, slots=True)
class Stop:
    """A page of the provider at which the browser has nothing more to do."""

    response: httpx2.Response

    @property
    def document(self) -> Document:
        """The page, taken apart."""
        return Document(self.response.text)

    @property
    def path(self) -> str:
        """Where it stands."""
        return urlsplit(str(self.response.url)).path


class Browser:
    """One empty cookie jar, and a person who does what each page asks."""

    def __init__(self, issuer: str, site: str, trust: ssl.SSLContext, *, email: str) -> None:
        self.issuer = issuer
        self.site = site
        self.email = email
        self.visited: list[str] = []  # the paths of the pages that were shown, in order
        self._trust = trust
        self.http = httpx2.Client(verify=trust, headers={"Accept-Language": "en"}, timeout=30)

    def open(self, url: str) -> Landing | Stop:
        """Go to an address and on from there."""
        return self._walk("GET", url, {})

    def post(self, url: str, form: dict[str, str]) -> Landing | Stop:
        """Send a form and go on from there."""
        return self._walk("POST", url, form)

    def look_at(self, url: str) -> Stop:
        """Go to an address, follow redirects only, and do nothing there."""
        response = self.http.get(url)
        while response.is_redirect:
            response = self.http.get(urljoin(url, response.headers["location"]))
        return Stop(response)

    def saw_sign_in(self) -> bool:
        """Whether a sign-in page was shown since the last question."""
        seen = any(path.startswith(f"{urlsplit(self.issuer).path}/login") for path in self.visited)
        self.visited.clear()
        return seen

    def _walk(self, method: str, url: str, form: dict[str, str]) -> Landing | Stop:
        for _ in range(MOST_STEPS):
            if url.startswith(self.site):
                return _landed(method, url, form)
            response = self.http.request(method, url, data=form) if method == "POST" else self.http.get(url)
            if response.is_redirect:
                assert response.status_code in (302, 303), response.status_code
                method, url, form = "GET", urljoin(url, response.headers["location"]), {}
                continue
            self.visited.append(urlsplit(str(response.url)).path)
            following = self._next(response)
            if following is None:
                return Stop(response)
            method, url, form = following
        raise AssertionError(f"still under way after {MOST_STEPS} steps, at {url}")

    def _next(self, response: httpx2.Response) -> tuple[str, str, dict[str, str]] | None:
        """What the person does with a page: method, address and form of the next request."""
        document, here = Document(response.text), str(response.url)
        if response.status_code != httpx2.codes.OK:
            return None
        for path, entered in (
            ("/login", {"username": self.email}),
            ("/login/password", {"password": PASSWORD}),
            ("/consent", {"decision": "allow"}),
            ("/logout", {"decision": "logout"}),
        ):
            found = document.form_at(path)
            if found is not None and found.method == "post":
                return "POST", urljoin(here, found.action), {**found.fields, **entered}
        returning = next((form for form in document.forms if form.action.startswith(self.site)), None)
        if returning is not None:
            assert returning.method == "post"
            return "POST", returning.action, returning.fields
        for frame in document.frames:
            assert httpx2.get(frame, verify=self._trust).status_code == httpx2.codes.OK
        # HtmlUnit obeys the header as it does the meta element.
        refresh = document.refresh or response.headers.get("refresh", "").partition("url=")[2]
        return ("GET", urljoin(here, refresh), {}) if refresh else None


def _landed(method: str, url: str, form: dict[str, str]) -> Landing:
    parts = urlsplit(url)
    return Landing(
        method=method,
        url=url.partition("#")[0],
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        fragment=dict(parse_qsl(parts.fragment, keep_blank_values=True)),
        form=form,
    )
