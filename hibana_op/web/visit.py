"""One request of a person's browser: its cookies, its language, its sessions, and the proof that a form is ours."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from hibana_op.foundation import secrets
from hibana_op.foundation.errors import PageRefused, Refusal
from hibana_op.foundation.origin import Origin
from hibana_op.login.sessions import touch
from hibana_op.oauth.call import Call, Form
from hibana_op.records import sessions
from hibana_op.records.sessions import Session
from hibana_op.storage.database import Session as Db
from hibana_op.tenancy import impersonation
from hibana_op.web import known_accounts, language, looks
from hibana_op.web.cookies import cookie_name, read_cookies
from hibana_op.web.look import PLAIN, Look
from hibana_op.web.site import Site

MOST_SESSIONS = 5
BROWSER_LIFETIME = 365 * 86400
LAST_USED = "last_used"
STATE = "state"  # the cookie that the frame of session management reads


class SignedInMeanwhile(PageRefused):
    """A form of this browser from before somebody signed in, in another tab perhaps: the visit goes on from there."""

    def __init__(self, next_url: str) -> None:
        super().__init__("csrf", status=403, detail="the form is from before the sign-in in this browser")
        self.next_url = next_url


@dataclass(frozen=True, slots=True)
class ActingAs:
    """As whom somebody acts in this browser, and why, for the banner of every page; `csrf`: of its form."""

    account: str
    reason: str
    csrf: str


@dataclass(slots=True)
class Visit:
    """What a page handler knows of its caller. `sessions[0]` is the one in use.

    While somebody acts as somebody else there is that session alone, and their own ones are `set_aside`.
    """

    site: Site
    method: str
    path: str
    form: Form
    headers: Mapping[str, str]
    origin: Origin
    cookies: Mapping[str, str]
    language: str
    browser: str
    document: Mapping[str, Any] = field(default_factory=dict)  # what a script of ours sends
    files: Mapping[str, bytes] = field(default_factory=dict)  # what came with a form that takes files
    sessions: list[tuple[Session, str]] = field(default_factory=list)
    is_new_browser: bool = False
    sessions_changed: bool = False
    set_aside: list[tuple[Session, str]] = field(default_factory=list)
    acting_as: ActingAs | None = None
    known: tuple[str, ...] = ()  # the ids of people who have signed in here, signed in still or not
    known_changed: bool = False
    look: Look = PLAIN
    way_in: str | None = None  # by which somebody has just signed in, for the next time
    # For whoever explains it: the authorization request at hand, and why it was answered with an error.
    asked: Form | None = None
    refusal: Refusal | None = None

    @property
    def session(self) -> Session | None:
        """The session in use."""
        return self.sessions[0][0] if self.sessions else None

    @property
    def browser_hash(self) -> str:
        """What the database knows of this browser."""
        return secrets.digest(self.browser)

    @property
    def csrf(self) -> str:
        """The token that forms of this browser and session carry."""
        bound = f"{self.browser}|{self.sessions[0][1] if self.sessions else ''}"
        return self._derived(bound)

    @property
    def browser_state(self) -> str:
        """What scripts may read of this browser: it changes with the person in use, and opens nothing."""
        return self._derived(f"state|{self.browser}|{self.session.id if self.session else ''}")

    def _derived(self, bound: str) -> str:
        raw = hmac.new(self.site.op.form_key, bound.encode(), hashlib.sha256).digest()
        return urlsafe_b64encode(raw).rstrip(b"=").decode()

    def page(
        self,
        name: str,
        *,
        status: int = 200,
        form_action: Sequence[str] = (),
        frames: Sequence[str] = (),
        current_url: str | None = None,
        is_plain: bool = False,
        **context: object,
    ) -> Response:
        """A page in the language of the caller and the look of where they are.

        `form_action`, `frames`: as the renderer takes them. `is_plain`: with nothing that an author wrote freely.
        """
        return self.site.renderer.page(
            name,
            language=self.language,
            # No sheet that an author wrote hides the banner.
            look=self.look.plain if is_plain or self.acting_as else self.look,
            acting_as=self.acting_as,
            status=status,
            form_action=form_action,
            frames=frames,
            current_url=current_url,
            **context,
        )

    def require_own_form(self) -> None:
        """Refuse a POST that did not come from one of our own forms in this browser."""
        site = self.headers.get("sec-fetch-site", "same-origin")
        if site not in ("same-origin", "none"):
            raise PageRefused("csrf", status=403, detail=f"the form was sent from another site ({site})")
        if self.is_new_browser:
            raise PageRefused("cookies_blocked", status=403, detail="the form came without the browser's cookie")
        given = self.form.maybe("csrf") or self.headers.get("x-csrf-token", "")
        if not secrets.same(given, self.csrf):
            next_url = self._continued()
            if next_url is not None and secrets.same(given, self._derived(f"{self.browser}|")):
                raise SignedInMeanwhile(next_url)
            raise PageRefused("csrf", status=403, detail="the form's csrf token is not of this browser and session")

    def _continued(self) -> str | None:
        """Where a sign-in goes on when another tab was faster; going there changes nothing by itself."""
        interaction = self.form.maybe("interaction")
        if self.session is None:
            return None
        if interaction is not None:
            return f"{self.site.url('/login/continue')}?{urlencode({'interaction': interaction})}"
        begins = (self.site.url("/login"), self.site.url("/login/accounts"))
        return self.site.url("/") if self.path in begins else None

    def use(self, session: Session, token: str) -> None:
        """Put a session in front; one of the same person that was there before makes room."""
        others = [(kept, text) for kept, text in self.sessions if kept.user_id != session.user_id]
        self.sessions = [(session, token), *others][:MOST_SESSIONS]
        self.sessions_changed = True

    def choose(self, session_id: str) -> Session | None:
        """Put one of the browser's sessions in front."""
        for session, token in self.sessions:
            if session.id == session_id:
                self.use(session, token)
                return session
        return None

    def drop(self, session_id: str) -> None:
        """Take a session out of the browser."""
        self.sessions = [(session, token) for session, token in self.sessions if session.id != session_id]
        self.sessions_changed = True
        if not self.sessions:
            self.acting_as = None

    def act_as(self, session: Session, token: str) -> None:
        """Begin to act as somebody else, with one's own sessions set aside."""
        # The one that it stands on first, so that it is there to come back to.
        others = sorted(self.sessions, key=lambda each: each[0].id != session.impersonator_session_id)
        self.set_aside, self.sessions = others[: MOST_SESSIONS - 1], [(session, token)]
        self.sessions_changed = True

    def act_no_more(self) -> None:
        """Be oneself again."""
        self.sessions, self.set_aside, self.acting_as = self.set_aside, [], None
        self.sessions_changed = True

    def know(self, user_id: str) -> None:
        """Remember that somebody signed in here, in the place of whom it is the longest ago where they are many."""
        others = [known for known in self.known if known != user_id]
        self.known, self.known_changed = (user_id, *others)[: known_accounts.MOST], True

    def forget(self, user_id: str) -> None:
        """Remember somebody no more."""
        if user_id in self.known:
            self.known, self.known_changed = tuple(known for known in self.known if known != user_id), True

    def handle_of(self, user_id: str) -> str:
        """What pages of this browser call somebody who is not signed in; it says nothing in any other."""
        return self._derived(f"account|{self.browser}|{user_id}")

    def set_cookies(self, response: Response) -> None:
        """Write what changed into the answer."""
        # A form that another site sends comes without our cookies (SameSite). A new one in the answer would take the
        # place of the browser's own, and end its sessions with it.
        if self.is_new_browser and self.method == "GET":
            self._set(response, "browser", self.browser, BROWSER_LIFETIME)
        kept = self._kept_for()
        if self.sessions_changed and (self.sessions or self.set_aside):
            tokens = [token for _, token in (*self.sessions, *self.set_aside)]
            self._set(response, "session", ".".join(tokens), kept)
        elif self.sessions_changed:
            self._set(response, "session", "", 0)
        name = cookie_name(STATE, secure=self.site.op.settings.is_https)
        # A frame in an app's page may come without cookies: it must not make the browser look signed out.
        if not self.is_new_browser and (self.sessions_changed or self.cookies.get(name) != self.browser_state):
            self._set(response, STATE, self.browser_state, kept)
        if self.known_changed:
            sealed = known_accounts.write(self.site.op.vault, self.known, self.browser_hash)
            self._set(response, known_accounts.COOKIE, sealed, known_accounts.LIFETIME if sealed else 0)
        if self.way_in is not None:
            self._set(response, LAST_USED, self.way_in, BROWSER_LIFETIME)

    def _kept_for(self) -> int | None:
        """How long the browser keeps the sessions: while they last where one is remembered, else until it closes."""
        kept = [session for session, _ in (*self.sessions, *self.set_aside)]
        if not any(session.remember for session in kept):
            return None
        return max(session.expires_at for session in kept) - self.site.op.now()

    @property
    def last_way_in(self) -> str | None:
        """The way by which somebody last signed in in this browser."""
        return self.cookies.get(cookie_name(LAST_USED, secure=self.site.op.settings.is_https))

    def _set(self, response: Response, name: str, value: str, max_age: int | None) -> None:
        secure = self.site.op.settings.is_https
        is_state = name == STATE
        response.set_cookie(
            cookie_name(name, secure=secure),
            value,
            max_age=max_age,
            path="/",
            secure=secure,
            # Scripts in a frame of ours inside an app's page read the state, and nothing else.
            httponly=not is_state,
            samesite="none" if is_state and secure else "lax",
        )


async def begin(site: Site, call: Call, path: str) -> Visit:
    """Read who is calling."""
    headers, form = call.headers, call.form
    cookies = read_cookies(headers.get("cookie", ""))
    secure = site.op.settings.is_https
    browser = cookies.get(cookie_name("browser", secure=secure), "")
    known = len(browser) == 43 and browser.isascii()
    visit = Visit(
        site=site,
        method=call.method,
        path=path,
        form=form,
        document=call.document,
        files=call.files,
        headers=headers,
        origin=call.origin,
        cookies=cookies,
        language=language.choose(
            ui_locales=form.maybe("ui_locales"),
            cookie=cookies.get(cookie_name(language.COOKIE, secure=secure)),
            accept_language=headers.get("accept-language"),
        ),
        browser=browser if known else secrets.token(),
        is_new_browser=not known,
    )
    visit.look = site.renderer.usual = await looks.of_deployment(site.op)
    accounts = cookies.get(cookie_name(known_accounts.COOKIE, secure=secure), "")
    visit.known = known_accounts.read(site.op.vault, accounts, visit.browser_hash)
    tokens = cookies.get(cookie_name("session", secure=secure), "").split(".")[:MOST_SESSIONS]
    visit.sessions = await _live_sessions(site, [token for token in tokens if len(token) == 43], visit.browser_hash)
    visit.sessions_changed = len(visit.sessions) != len([token for token in tokens if token])
    await _act(visit)
    if visit.session is not None:
        await touch(site.op, visit.session)
    return visit


async def _act(visit: Visit) -> None:
    """Where somebody acts as somebody else they are that person alone, for as long as they may."""
    acted = next((each for each in visit.sessions if each[0].impersonator_id is not None), None)
    if acted is None:
        return
    op, session, origin = visit.site.op, acted[0], visit.origin
    user = await op.db.glance(lambda tx: impersonation.acted_as(tx, session, origin, now=op.now()))
    visit.set_aside = [each for each in visit.sessions if each[0].impersonator_id is None]
    if user is None:
        visit.act_no_more()
        return
    visit.sessions = [acted]
    visit.origin = replace(origin, impersonator_id=session.impersonator_id)
    visit.acting_as = ActingAs(user.email, session.impersonation_reason or "", visit.csrf)


async def _live_sessions(site: Site, tokens: list[str], browser_hash: str) -> list[tuple[Session, str]]:
    if not tokens:
        return []
    now = site.op.now()

    async def find(tx: Db) -> list[tuple[Session, str]]:
        found = []
        for token in tokens:
            session = await sessions.find_by_token(tx, secrets.digest(token), now=now)
            # A stolen session cookie alone is not enough: it counts in the browser it was made for.
            if session is not None and session.browser_hash == browser_hash:
                found.append((session, token))
        return found

    return await site.op.db.glance(find)
