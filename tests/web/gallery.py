"""A small real server that shows the sample pages with their true headers, under an issuer with a path."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from hibana_op.web.assets import static
from hibana_op.web.browser import Renderer, build_renderer
from hibana_op.web.language import choose
from hibana_op.web.look import PLAIN
from tests.branding import png
from tests.ports import free_port
from tests.web.samples import samples


@dataclass(frozen=True, slots=True)
class Received:
    """A form that arrived."""

    path: str
    fields: list[tuple[str, str]]


@dataclass(slots=True)
class Gallery:
    """Where the server is, and what was sent to it."""

    port: int
    renderer: Renderer
    received: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address of the pages."""
        return f"http://127.0.0.1:{self.port}/idp"

    async def show(self, request: Request) -> HTMLResponse:
        """A sample page in the language that the request asks for."""
        language = choose(
            ui_locales=request.query_params.get("ui_locales"),
            cookie=None,
            accept_language=request.headers.get("accept-language"),
        )
        sample = samples(language)[request.path_params["name"]]
        return self.renderer.page(
            sample.template,
            language=language,
            status=sample.status,
            form_action=sample.form_action,
            frames=(),
            current_url=f"{request.url.path}?{request.url.query}",
            look=PLAIN,
            **sample.context,
        )

    async def form_post(self, request: Request) -> HTMLResponse:
        """The page that sends an answer on to the address in `to`."""
        fields = {"code": 'a"b<c>&d', "state": "日本語 </form><script>", "iss": self.url}
        return self.renderer.form_post(request.query_params["to"], fields, language="en")

    async def picture(self, request: Request) -> Response:
        """A picture of an organization's own."""
        return Response(png(), media_type="image/png")

    async def sheet(self, request: Request) -> Response:
        """Colours that are tried out."""
        return Response(".tried { --primary: #7c3aed; }", media_type="text/css")

    async def callback(self, request: Request) -> Response:
        """Where an app takes an answer in its address."""
        return PlainTextResponse(request.url.query)

    async def receive(self, request: Request) -> Response:
        """Keep what a form sent, not what a script did; a field named `to` asks to be redirected there."""
        if request.headers.get("content-type") == "application/json":
            return PlainTextResponse("not here")
        fields = parse_qsl((await request.body()).decode(), keep_blank_values=True)
        self.received.append(Received(request.url.path, fields))
        to = dict(fields).get("to")
        return RedirectResponse(to, 303) if to else PlainTextResponse("received")


@contextmanager
def serve() -> Iterator[Gallery]:
    """Serve the gallery from a thread on a free port."""
    gallery = Gallery(free_port(), build_renderer("/idp", https=False))
    routes = [
        Route("/page/{name}", gallery.show),
        Route("/form_post", gallery.form_post),
        Route("/static/{fingerprint}/{name}", static),
        Route("/picture.png", gallery.picture),
        Route("/{path:path}/tried.css", gallery.sheet),
        Route("/callback", gallery.callback, methods=["GET"]),
        Route("/{path:path}", gallery.receive, methods=["POST"]),
    ]
    app = Starlette(routes=[Mount("/idp", routes=routes)])
    config = uvicorn.Config(app, host="127.0.0.1", port=gallery.port, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    give_up = time.monotonic() + 10
    while not server.started:
        if time.monotonic() > give_up:
            raise TimeoutError("the gallery did not start")
        time.sleep(0.01)
    try:
        yield gallery
    finally:
        server.should_exit = True
        thread.join()
