"""The application: opens the deployment when it starts, and sends each request to its endpoint."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from typing import Any

from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from hibana_op.api import problems
from hibana_op.api.endpoint import endpoint
from hibana_op.api.operation import ROOT as API
from hibana_op.api.table import by_path
from hibana_op.background import services
from hibana_op.config import Settings, inherited
from hibana_op.foundation.clock import Clock
from hibana_op.foundation.errors import Busy, LoginRefused, WrongSettings
from hibana_op.jobs.background import running
from hibana_op.jobs.refusal_traces import keep_traces, write_the_rest
from hibana_op.login import new_password
from hibana_op.login.federation.providers import ensure_google
from hibana_op.operations.bootstrap import ensure_first_admin
from hibana_op.pages import branding, logos
from hibana_op.pages.branding import BrandingFiles
from hibana_op.pages.logos import Logos
from hibana_op.provider import Provider, open_provider
from hibana_op.records import registry
from hibana_op.routes import AT_THE_ROOT, OAUTH, PAGES, PROTOCOL, SCRIPTS, PageRoute, offered
from hibana_op.storage import migrate
from hibana_op.storage.serving import serving
from hibana_op.web import assets, health, words
from hibana_op.web.browser import build_renderer
from hibana_op.web.health import Readiness
from hibana_op.web.http import JSON_TYPE, protocol
from hibana_op.web.metrics import Metrics
from hibana_op.web.middleware import Edge
from hibana_op.web.pages import failure_renderer, page
from hibana_op.web.site import Site


class Dispatch:
    """Exact paths first, because nearly every request has one; the rest goes to the routes with parameters."""

    def __init__(self, exact: dict[str, Route], others: ASGIApp) -> None:
        self._exact = exact
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by path."""
        route = self._exact.get(scope["path"]) if scope["type"] == "http" else None
        if route is None:
            await self._others(scope, receive, send)
            return
        scope["route"] = route
        await route.app(scope, receive, send)


class Opened:
    """Answers once the deployment is open; its lifespan opens and closes it."""

    def __init__(self, lifespan: Lifespan[Any]) -> None:
        self.app: ASGIApp | None = None
        self._life = Router(lifespan=lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start, stop or answer."""
        if scope["type"] == "lifespan":
            await self._life(scope, receive, send)
        elif self.app is None:
            raise Busy
        else:
            await self.app(scope, receive, send)


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """What no route answers, for the edge to tell."""
    raise HTTPException(404, "There is nothing here.")


def build_app(settings: Settings, *, clock: Clock | None = None, cheap_passwords: bool = False) -> ASGIApp:
    """The deployment as one ASGI application; its lifespan opens and closes the database."""
    metrics = Metrics()
    renderer = build_renderer(settings.issuer_path, https=settings.is_https, is_dev=settings.mode == "dev")

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        op = await open_provider(settings, clock=clock, cheap_passwords=cheap_passwords)
        held = ExitStack()
        try:
            held.enter_context(serving(settings.database_url.reveal()))
            await ensure_first_admin(op, _first_password(op))
            await ensure_google(op)
            site = Site(op, renderer, metrics)
            readiness = Readiness(checks(op))
            opened.app = Dispatch(*_routes(site, readiness))
            with readiness.drained_on_sigterm(settings.shutdown_delay):
                async with running(*services(op), keep_traces(op, site.refusals)):
                    yield
                await write_the_rest(op, site.refusals)
        finally:
            await op.close()
            held.close()

    opened = Opened(lifespan)
    return Edge(
        opened,
        render_failure=failure_renderer(renderer, _speaks_json(settings), _speaks_problems(settings)),
        metrics=metrics,
        is_https=settings.is_https,
        trusted_proxies=settings.trusted_proxies,
        management_port=settings.management_port,
    )


def from_inherited_settings() -> ASGIApp:
    """The application of a server process, with the settings that the command line was started with."""
    return build_app(inherited())


def checks(op: Provider) -> dict[str, health.Check]:
    """What has to hold for this process to get traffic."""

    async def database() -> str | None:
        await registry.version(op.db)
        return None

    async def migrations() -> str | None:
        await migrate.require_current(op.db)
        return None

    async def keys() -> str | None:
        keyring = await op.remembered.keyring()
        return None if keyring.algorithms() else "there are no signing keys"

    return {"database": database, "migrations": migrations, "keys": keys}


def _routes(site: Site, readiness: Readiness) -> tuple[dict[str, Route], ASGIApp]:
    settings = site.op.settings
    routes: list[Route] = []
    for each in offered(settings.registration):
        app = protocol(each.endpoint, site, methods=each.methods, allow_origins=each.allow_origins, takes=each.takes)
        routes.append(_exact(settings.issuer_path + each.path, app))
    for visited in (*PAGES, *_dev_pages(site)):
        app = page(
            visited.endpoint, site, methods=visited.methods, takes=visited.takes, while_acting=visited.while_acting
        )
        routes.append(_exact(settings.issuer_path + visited.path, app))
    for called in SCRIPTS:
        app = page(called.endpoint, site, methods=called.methods, takes=JSON_TYPE)
        routes.append(_exact(settings.issuer_path + called.path, app))
    for path, at_path in by_path().items():
        routes.append(_exact(settings.issuer_path + API + path, endpoint(at_path, site)))
    if settings.issuer_path:
        # Of these there is one for a host, whatever the issuer's path is.
        for each in AT_THE_ROOT:
            app = protocol(each.endpoint, site, methods=each.methods, allow_origins=each.allow_origins)
            routes.append(_exact(each.path, app))
        # RFC 8414 §3.1: for an issuer with a path, the well-known part comes first.
        app = protocol(PROTOCOL[1].endpoint, site, methods=PROTOCOL[1].methods, allow_origins=PROTOCOL[1].allow_origins)
        routes.append(_exact(OAUTH + settings.issuer_path, app))
    operations = health.routes(readiness, site.metrics, management_port=settings.management_port)
    parametric: list[BaseRoute] = [
        Route(f"{settings.issuer_path}/static/{{fingerprint}}/{{name}}", assets.static),
        Route(settings.issuer_path + logos.PATH, Logos(site.op).show),
        Route(settings.issuer_path + branding.PATH, BrandingFiles(site.op).show),
        *operations,
        *_dev_mounts(site),
    ]
    parametric += [route for route in routes if route.param_convertors]
    exact = {route.path: route for route in routes if not route.param_convertors}
    return exact, Router(routes=parametric, redirect_slashes=False, default=not_found)


def _exact(path: str, app: ASGIApp) -> Route:
    # An ASGI application as endpoint answers every method itself.
    return Route(path, endpoint=Answering(app))


class Answering:
    """An ASGI application in the form that a route takes for one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        await self._app(scope, receive, send)


def _dev_pages(site: Site) -> tuple[PageRoute, ...]:
    if site.op.settings.mode != "dev":
        return ()
    from hibana_op.dev.pages import PAGES as DEV_PAGES  # noqa: PLC0415 - not in production

    return DEV_PAGES


def _dev_mounts(site: Site) -> list[BaseRoute]:
    if site.op.settings.mode != "dev":
        return []
    from hibana_op.dev.demo import mounts  # noqa: PLC0415 - not in production

    return mounts(site)


def _first_password(op: Provider) -> Callable[[str, str], Awaitable[str]]:
    """The check of the first administrator's password: the one of every password that a person chooses."""

    async def check(password: str, email: str) -> str:
        try:
            return await new_password.check_first(op, password, about=[email])
        except LoginRefused as refused:
            raise WrongSettings([f"HIBANA_BOOTSTRAP_ADMIN_PASSWORD: {words.why('en', refused)}"]) from None

    return check


def _speaks_problems(settings: Settings) -> Callable[[str], Callable[[int, str, str], ASGIApp] | None]:
    """Whether a path is one of the management API, which tells failures its own way."""
    below = f"{settings.issuer_path}{API}/"
    return lambda path: problems.failure if path.startswith(below) else None


def _speaks_json(settings: Settings) -> Callable[[str], bool]:
    """Which paths answer programs, and refuse in JSON."""
    paths = frozenset(settings.issuer_path + each.path for each in (*PROTOCOL, *SCRIPTS))
    below = tuple(path.partition("{")[0] for path in paths if "{" in path)
    return lambda path: path in paths or path.startswith(below)
