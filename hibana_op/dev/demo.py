"""The demo app: an ordinary relying party that knows of Hibana only what discovery tells, over HTTP."""

import json
import secrets
from base64 import urlsafe_b64decode
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from authlib.integrations.base_client.errors import MismatchingStateError, OAuthError
from authlib.integrations.starlette_client import OAuth
from httpx2 import HTTPError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hibana_op.dev import demo_client
from hibana_op.web import language
from hibana_op.web.cookies import cookie_name
from hibana_op.web.site import Site

MOST_VISITORS = 100


class DemoApp:
    """The relying party and what it remembers of its visitors; the browser has a random id only."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._home = f"{site.op.issuer}{demo_client.PATH}"
        self._tokens: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._oauth: OAuth | None = None

    async def index(self, request: Request) -> Response:
        """What the app got, or the way to sign in."""
        return self._page(request, tokens=self._tokens.get(request.session.get("visitor", "")))

    async def sign_in(self, request: Request) -> Response:
        """Send the browser to the provider (OpenID Connect Core §3.1.2.1)."""
        provider = await self._provider()
        try:
            answer = await provider.authorize_redirect(
                request, self._site.op.issuer + demo_client.CALLBACK_PATH, ui_locales=_language(self._site, request)
            )
        except HTTPError as fault:
            return self._page(request, error=_unreachable(fault))
        return _plain(answer)

    async def callback(self, request: Request) -> Response:
        """Redeem the code, check the ID token and ask for userinfo."""
        provider = await self._provider()
        try:
            tokens = await provider.authorize_access_token(request)
            userinfo = await provider.userinfo(token=tokens)
        except MismatchingStateError:
            # The request on the start page ends here: its answer is right, but nobody here waits for it.
            return self._page(request, error="The answer came, but this app had not started that sign-in.")
        except OAuthError as refusal:
            return self._page(request, error=": ".join(filter(None, [refusal.error, refusal.description])))
        except HTTPError as fault:
            return self._page(request, error=_unreachable(fault))
        visitor = secrets.token_urlsafe(16)
        self._tokens[visitor] = {
            "id_token": tokens["id_token"],
            "shown": {
                "id_token": dict(tokens["userinfo"]),
                "access_token": _decoded(tokens["access_token"]),
                "userinfo": dict(userinfo),
            },
        }
        while len(self._tokens) > MOST_VISITORS:
            self._tokens.popitem(last=False)
        request.session["visitor"] = visitor
        return RedirectResponse(self._home, status_code=303)

    async def sign_out(self, request: Request) -> Response:
        """Forget the visitor, and end the session at the provider (RP-Initiated Logout)."""
        kept = self._tokens.pop(request.session.pop("visitor", ""), None)
        if kept is None:
            return RedirectResponse(self._home, status_code=303)
        provider = await self._provider()
        try:
            answer = await provider.logout_redirect(
                request,
                post_logout_redirect_uri=self._home,
                id_token_hint=kept["id_token"],
                ui_locales=_language(self._site, request),
            )
        except HTTPError as fault:
            return self._page(request, error=_unreachable(fault))
        return _plain(answer)

    async def _provider(self) -> Any:
        """The provider as authlib's client sees it."""
        if self._oauth is None:
            oauth = OAuth()
            oauth.register(
                "hibana",
                client_id=demo_client.CLIENT_ID,
                client_secret=await demo_client.secret(self._site.op),
                server_metadata_url=f"{self._site.op.issuer}/.well-known/openid-configuration",
                client_kwargs={
                    "scope": " ".join(demo_client.SCOPES),
                    "code_challenge_method": "S256",
                    "timeout": 10,
                    "trust_env": False,  # a proxy of the environment cannot reach this machine's localhost
                },
            )
            self._oauth = oauth
        return self._oauth.hibana

    def _page(self, request: Request, *, tokens: Mapping[str, Any] | None = None, error: str | None = None) -> Response:
        spoken = _language(self._site, request)
        page = self._site.renderer.page(
            "dev/demo.html",
            language=spoken,
            current_url=self._site.url(demo_client.PATH),
            result=tokens["shown"] if tokens else None,
            error=error,
            sign_in_url=self._site.url(f"{demo_client.PATH}/sign-in"),
            logout_url=self._site.url(f"{demo_client.PATH}/sign-out"),
        )
        if request.query_params.get("ui_locales"):
            page.set_cookie(**self._site.renderer.language_cookie(spoken))
        return page


def mounts(site: Site) -> list[BaseRoute]:
    """One route for each address of the demo app; any other address stays unknown."""
    demo = DemoApp(site)
    base = site.url(demo_client.PATH)
    app = Starlette(
        routes=[
            Route(base, demo.index),
            Route(f"{base}/sign-in", demo.sign_in),
            Route(site.url(demo_client.CALLBACK_PATH), demo.callback),
            Route(f"{base}/sign-out", demo.sign_out),
        ],
        middleware=[
            Middleware(
                SessionMiddleware,
                secret_key=secrets.token_urlsafe(32),
                session_cookie="hibana_demo",
                path=base,
                max_age=None,
                https_only=site.op.settings.is_https,
            )
        ],
    )
    return [Route(route.path, app) for route in app.routes if isinstance(route, Route)]


def _language(site: Site, request: Request) -> str:
    return language.choose(
        ui_locales=request.query_params.get("ui_locales"),
        cookie=request.cookies.get(cookie_name(language.COOKIE, secure=site.op.settings.is_https)),
        accept_language=request.headers.get("accept-language"),
    )


def _plain(redirect: Response) -> Response:
    redirect.headers["Cache-Control"] = "no-store"
    return redirect


def _unreachable(fault: HTTPError) -> str:
    return f"The provider does not answer as it should: {fault}"


def _decoded(token: str) -> Any:
    """The claims of a JWT, for looking at only; an opaque token as it is."""
    if token.count(".") != 2:
        return token
    payload = token.split(".")[1]
    return json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
