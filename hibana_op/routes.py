"""Every address of the deployment, in one table: path · methods · endpoint · which web pages may call it."""

from dataclasses import dataclass

from hibana_op.api import documentation, openapi
from hibana_op.login.passkeys import relying_party
from hibana_op.oauth import discovery, introspection, registration, revocation, token, userinfo
from hibana_op.oauth.call import Call, Reply
from hibana_op.oauth.session_management import CHECK_SESSION_PATH as CHECK_SESSION
from hibana_op.pages import (
    accounts,
    authorize,
    check_session,
    consent,
    email_link,
    federation,
    home,
    impersonation,
    invitation,
    join,
    keep_account,
    login,
    logout,
    mfa,
    newcomers,
    organizations,
    passkey_offer,
    passkeys,
    recover,
    saml,
    set_up,
    sign_in,
    signup,
    steps,
    verify_email,
)
from hibana_op.pages.account import activity, agents, data, identities, profile, security, sent_codes, sessions
from hibana_op.pages.account import apps as account_apps
from hibana_op.pages.account import directory as account_directory
from hibana_op.pages.account import email as account_email
from hibana_op.pages.account import factors as account_factors
from hibana_op.pages.account import home as account_home
from hibana_op.pages.account import organizations as account_organizations
from hibana_op.pages.account import passkeys as account_passkeys
from hibana_op.pages.account import password as account_password
from hibana_op.pages.admin import branding as console_branding
from hibana_op.pages.admin import home as console
from hibana_op.pages.admin import invitations as console_invitations
from hibana_op.pages.admin import join_codes as console_join_codes
from hibana_op.pages.admin import member, members, overview
from hibana_op.web import cors, parts
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
    """An address that people visit; `while_acting`: the methods for administrators who act as somebody else."""

    path: str
    methods: tuple[str, ...]
    endpoint: Handler
    while_acting: tuple[str, ...] = ()
    takes: str = FORM_TYPE  # the media type of bodies; a form with files may come without any, too


@dataclass(frozen=True, slots=True)
class ScriptRoute:
    """An address that the scripts of our own pages call, in JSON."""

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


async def show_passkey_endpoints(site: Site, call: Call) -> Reply:
    """Where password managers send people who want to add a passkey or look after theirs (Passkey Endpoints §3)."""
    page = f"{site.op.issuer}/account/security"
    return Reply(body={"enroll": page, "manage": page})


async def show_related_origins(site: Site, call: Call) -> Reply:
    """The origins on which our passkeys may be used (Web Authentication Level 3 §5.11)."""
    return Reply(body={"origins": list(relying_party.of(site.op).origins)})


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


async def describe_api(site: Site, call: Call) -> Reply:
    """The management API, described for programs (OpenAPI 3.1)."""
    return Reply(body=openapi.document(site.op.issuer))


OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"
PASSKEY_ENDPOINTS = "/.well-known/passkey-endpoints"
RELATED_ORIGINS = "/.well-known/webauthn"
REGISTER = registration.PATH
GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")
MANAGE = ("GET", "PUT", "DELETE")

PROTOCOL = (
    #             path           methods  endpoint        pages that may call
    ProtocolRoute(OPENID,        GET,     show_metadata,  cors.ANY),
    ProtocolRoute(OAUTH,         GET,     show_metadata,  cors.ANY),
    ProtocolRoute(PASSKEY_ENDPOINTS, GET, show_passkey_endpoints, cors.NOBODY),
    ProtocolRoute(RELATED_ORIGINS,   GET, show_related_origins,   cors.NOBODY),
    ProtocolRoute("/jwks",       GET,     show_jwks,      cors.ANY),
    ProtocolRoute("/token",      POST,    give_token,     cors.APPS),
    ProtocolRoute("/userinfo",   BOTH,    show_userinfo,  cors.APPS),
    ProtocolRoute("/introspect", POST,    introspect,     cors.NOBODY),
    ProtocolRoute("/revoke",     POST,    revoke,         cors.APPS),
    ProtocolRoute(REGISTER,      POST,    register,       cors.NOBODY, JSON_TYPE),
    ProtocolRoute(REGISTER + "/{client_id}", MANAGE, manage_registration, cors.NOBODY, JSON_TYPE),
    ProtocolRoute(CHECK_SESSION, GET,     show_check_session, cors.NOBODY),
    ProtocolRoute(openapi.PATH,  GET,     describe_api,   cors.NOBODY),
)  # fmt: skip

# What browsers and password managers look for right below the host.
AT_THE_ROOT = tuple(each for each in PROTOCOL if each.path in (PASSKEY_ENDPOINTS, RELATED_ORIGINS))

PAGES = (
    #         path               methods  handler
    PageRoute("/authorize",      BOTH,    authorize.authorize, while_acting=BOTH),
    PageRoute("/login",          BOTH,    login.identify),
    PageRoute("/login/password", BOTH,    login.password),
    PageRoute("/login/mfa",      BOTH,    mfa.mfa),
    PageRoute(login.EMAIL_PATH,  BOTH,    email_link.by_mail),
    PageRoute(email_link.LINK_PATH, BOTH, email_link.follow),
    PageRoute(steps.SET_UP,      BOTH,    set_up.set_up),
    PageRoute("/login/accounts", BOTH,    accounts.accounts),
    PageRoute(passkey_offer.PATH, BOTH,   passkey_offer.offer),
    PageRoute(steps.TENANTS,     BOTH,    organizations.organizations, while_acting=BOTH),
    PageRoute("/login/continue", GET,     sign_in.go_on),
    PageRoute(keep_account.PATH, BOTH,    keep_account.keep),
    PageRoute("/signup",         BOTH,    signup.signup),
    PageRoute("/invite/{token}", BOTH,    invitation.open_invitation),
    PageRoute("/join",           BOTH,    join.join),
    PageRoute("/verify-email",   BOTH,    verify_email.verify_email),
    PageRoute("/recover",        BOTH,    recover.recover),
    PageRoute("/reset",          BOTH,    recover.reset),
    PageRoute("/.well-known/change-password", GET, recover.change_password),
    PageRoute("/federation/{provider}/start",   BOTH, federation.start),
    PageRoute("/federation/{provider}/callback", GET, federation.callback),
    PageRoute("/federation/{provider}/acs",      POST, saml.respond),
    PageRoute("/federation/{provider}/metadata", GET, saml.metadata),
    PageRoute("/account",        GET,     account_home.show, while_acting=GET),
    PageRoute("/account/profile", BOTH,   profile.show, while_acting=GET),
    PageRoute("/account/security", GET,   security.show, while_acting=GET),
    PageRoute("/account/sessions", BOTH,  sessions.show, while_acting=GET),
    PageRoute(agents.PATH,       BOTH,    agents.show),
    PageRoute("/account/apps",   BOTH,    account_apps.show, while_acting=GET),
    PageRoute("/account/activity", GET,   activity.show, while_acting=GET),
    PageRoute("/account/data",   BOTH,    data.show),
    PageRoute("/account/password", BOTH,  account_password.password),
    PageRoute("/account/passkeys/{passkey}", BOTH, account_passkeys.one),
    PageRoute("/account/email",  BOTH,    account_email.email),
    PageRoute("/account/factors", BOTH,   account_factors.change),
    PageRoute("/account/totp",   BOTH,    account_factors.app),
    PageRoute("/account/phone",  BOTH,    sent_codes.by_phone),
    PageRoute("/account/email-codes", BOTH, sent_codes.by_mail),
    PageRoute("/account/backup-codes", BOTH, account_factors.backup),
    PageRoute("/account/linked", BOTH,    identities.linked, while_acting=GET),
    PageRoute("/account/organizations", BOTH, account_organizations.show, while_acting=GET),
    PageRoute("/account/linked/{provider}", BOTH, account_directory.link),
    PageRoute("/admin",          GET,     console.show),
    PageRoute("/admin/{tenant}", GET,     overview.show),
    PageRoute("/admin/{tenant}/members", GET, members.show),
    PageRoute("/admin/{tenant}/members/{member}", BOTH, member.show),
    PageRoute("/admin/{tenant}/join-codes", GET, console_join_codes.show),
    PageRoute("/admin/{tenant}/join-codes/new", BOTH, console_join_codes.make),
    PageRoute("/admin/{tenant}/join-codes/{code}", BOTH, console_join_codes.one),
    PageRoute("/admin/{tenant}/branding", BOTH, console_branding.show, takes=parts.MEDIA_TYPE),
    PageRoute("/admin/{tenant}/branding/tried.css", GET, console_branding.sheet),
    PageRoute("/admin/{tenant}/invitations", GET, console_invitations.show),
    PageRoute("/admin/{tenant}/invitations/new", BOTH, console_invitations.make),
    PageRoute("/admin/{tenant}/invitations/{invitation}", BOTH, console_invitations.one),
    PageRoute("/consent",        BOTH,    consent.consent),
    PageRoute(impersonation.PATH, BOTH,   impersonation.open_address),
    PageRoute(impersonation.END, POST,    impersonation.end, while_acting=POST),
    PageRoute("/logout",         BOTH,    logout.logout, while_acting=BOTH),
    PageRoute(documentation.PATH, GET,    documentation.show),
    PageRoute("/",               GET,     home.home, while_acting=GET),
)  # fmt: skip


SCRIPTS = (
    ScriptRoute("/login/passkey/options",    POST, passkeys.options),
    ScriptRoute("/login/passkey",            POST, passkeys.sign_in),
    ScriptRoute("/signup/passkey/options",   POST, newcomers.options),
    ScriptRoute("/signup/passkey",           POST, newcomers.begin),
    ScriptRoute("/login/set-up/passkey/options", POST, set_up.options),
    ScriptRoute("/login/set-up/passkey",     POST, set_up.add),
    ScriptRoute("/account/passkeys/options", POST, account_passkeys.options),
    ScriptRoute("/account/passkeys",         POST, account_passkeys.add),
)  # fmt: skip


def offered(registration_mode: str) -> tuple[ProtocolRoute, ...]:
    """The addresses that programs call in a deployment that lets clients be registered in this way."""
    return tuple(each for each in PROTOCOL if registration_mode != "off" or not each.path.startswith(REGISTER))


ROUTES: tuple[ProtocolRoute | PageRoute | ScriptRoute, ...] = (*PROTOCOL, *PAGES, *SCRIPTS)
