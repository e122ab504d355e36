"""Every address of the deployment, in one table: path · methods · endpoint · which web pages may call it."""

from dataclasses import dataclass

from hibana_op.oauth import discovery, introspection, registration, revocation, token, userinfo
from hibana_op.oauth.call import Call, Reply
from hibana_op.oauth.session_management import CHECK_SESSION_PATH as CHECK_SESSION
from hibana_op.pages import accounts, authorize, check_session, consent, home, login, logout
from hibana_op.web import cors
from hibana_op.web.http import FORM_TYPE, JSON_TYPE, Endpoint
from hibana_op.web.pages import Handler
from hibana_op.web.site import Site


@dataclass(frozen=True, slots=True)
class ProtocolRoute:
    """An address that programs call; it refuses in JSON."""

    path: str
    methods: tuple[str, ...]
    endpoint: Endpoint
    allow_origins: str
    takes: str = FORM_TYPE  # the media type of bodies


@dataclass(frozen=True, slots=True)
class PageRoute:
    """An address that people visit."""

    path: str
    methods: tuple[str, ...]
    endpoint: Handler


async def show_metadata(site: Site, call: Call) -> Reply:
    """The provider's metadata (OpenID Connect Discovery, RFC 8414)."""
    return await discovery.metadata(site.op)


async def show_jwks(site: Site, call: Call) -> Reply:
    """The public keys, to verify signatures with and to encrypt to (RFC 7517)."""
    return await discovery.jwks(site.op)


async def give_token(site: Site, call: Call) -> Reply:
    """Exchanges a grant for tokens (RFC 6749)."""
    reply = await token.token(site.op, call)
    site.metrics.token_issued(call.form.one("grant_type"))
    return reply


async def show_userinfo(site: Site, call: Call) -> Reply:
    """Claims about the person of an access token (OpenID Connect Core §5.3)."""
    return await userinfo.userinfo(site.op, call)


async def introspect(site: Site, call: Call) -> Reply:
    """Whether a token counts (RFC 7662)."""
    return await introspection.introspect(site.op, call)


async def revoke(site: Site, call: Call) -> Reply:
    """Ends a token (RFC 7009)."""
    return await revocation.revoke(site.op, call)


async def show_check_session(site: Site, call: Call) -> Reply:
    """The frame in which apps notice that somebody signed out (OpenID Connect Session Management)."""
    return check_session.frame(site)


async def register(site: Site, call: Call) -> Reply:
    """Registers a client (RFC 7591, OpenID Connect Registration)."""
    return await registration.register(site.op, call)


async def manage_registration(site: Site, call: Call) -> Reply:
    """Shows a client that a developer registered, changes it or removes it (RFC 7592)."""
    acts = {"GET": registration.show, "PUT": registration.change, "DELETE": registration.remove}
    return await acts[call.method](site.op, call)


OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"
REGISTER = registration.PATH
GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
MANAGE = ("GET", "PUT", "DELETE")

PROTOCOL = (
    #             path           methods  endpoint        pages that may call
    ProtocolRoute(OPENID,        GET,     show_metadata,  cors.ANY),
    ProtocolRoute(OAUTH,         GET,     show_metadata,  cors.ANY),
    ProtocolRoute("/jwks",       GET,     show_jwks,      cors.ANY),
    ProtocolRoute("/token",      POST,    give_token,     cors.APPS),
    ProtocolRoute("/userinfo",   BOTH,    show_userinfo,  cors.APPS),
    ProtocolRoute("/introspect", POST,    introspect,     cors.NOBODY),
    ProtocolRoute("/revoke",     POST,    revoke,         cors.APPS),
    ProtocolRoute(REGISTER,      POST,    register,       cors.NOBODY, JSON_TYPE),
    ProtocolRoute(REGISTER + "/{client_id}", MANAGE, manage_registration, cors.NOBODY, JSON_TYPE),
    ProtocolRoute(CHECK_SESSION, GET,     show_check_session, cors.NOBODY),
)  # fmt: skip

PAGES = (
    #         path               methods  handler
    PageRoute("/authorize",      BOTH,    authorize.authorize),
    PageRoute("/login",          BOTH,    login.identify),
    PageRoute("/login/password", BOTH,    login.password),
    PageRoute("/login/accounts", BOTH,    accounts.accounts),
    PageRoute("/consent",        BOTH,    consent.consent),
    PageRoute("/logout",         BOTH,    logout.logout),
    PageRoute("/",               GET,     home.home),
)  # fmt: skip


def offered(registration_mode: str) -> tuple[ProtocolRoute, ...]:
    """The addresses that programs call in a deployment that lets clients be registered in this way."""
    return tuple(each for each in PROTOCOL if registration_mode != "off" or not each.path.startswith(REGISTER))


ROUTES: tuple[ProtocolRoute | PageRoute, ...] = (*PROTOCOL, *PAGES)
