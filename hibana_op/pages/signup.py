"""Making an account: the address first; its mailbox leads on, and an invitation starts there at once."""

from starlette.responses import Response

from hibana_op.foundation.errors import InvalidRecord, LoginRefused, PageRefused
from hibana_op.foundation.pace import no_sooner_than
from hibana_op.foundation.secrets import digest, same
from hibana_op.login import first_proof, links, new_password, policy, profile, sign_up
from hibana_op.login.policy import Policy
from hibana_op.pages import apps, sign_in, steps
from hibana_op.records import interactions, verification_tokens
from hibana_op.records.factors import Factor
from hibana_op.records.interactions import Interaction
from hibana_op.records.verification_tokens import VerificationToken
from hibana_op.web.pages import see_other
from hibana_op.web.visit import Visit
from hibana_op.web.words import say

ANSWER_AFTER = 0.25  # seconds: longer than looking up an address and queueing mail takes
INVITATION = "/invite/{token}"
WAIT = frozenset({"too_many_mails", "too_many_attempts", "too_many_codes_tried", "code_just_sent"})


async def signup(visit: Visit) -> Response:
    """Asks for an address, and sends a link and a code to it."""
    if visit.method == "POST":
        visit.require_own_form()
    progress = await steps.find(visit)
    if not await is_open(visit, progress):
        return await _page(visit, progress)
    if visit.method == "GET":
        known = (progress.identifier if progress else None) or ""
        return await _page(visit, progress, email=known if "@" in known else "")
    email = (visit.form.maybe("email") or "").strip()
    try:
        profile.check_email(email)
    except InvalidRecord:
        return await _page(visit, progress, email=email, refusal=LoginRefused("invalid_email"))
    if progress is None:
        progress = await steps.begin_without_app(visit, return_path="/account")
    return await _request(visit, progress, email)


async def is_open(visit: Visit, progress: Interaction | None) -> bool:
    """Whether anybody may make an account: it begins with a passkey or a password, so only where one is a way in."""
    if visit.site.op.settings.signup != "open":
        return False
    return bool((await demanded_of(visit, progress)).methods & {policy.PASSKEY, policy.PASSWORD})


async def demanded_of(visit: Visit, progress: Interaction | None) -> Policy:
    """What counts for somebody who has no account yet, on the way to an app or to none."""
    return await policy.of_app(visit.site.op.db, progress.client_id if progress else None)


async def _request(visit: Visit, progress: Interaction, email: str) -> Response:
    op = visit.site.op
    await op.db.transact(lambda tx: interactions.name_person(tx, progress.id, identifier=email, now=op.now()))
    try:
        async with no_sooner_than(ANSWER_AFTER):
            await sign_up.request(
                op,
                email,
                language=visit.language,
                interaction_id=progress.id,
                browser_hash=visit.browser_hash,
                origin=visit.origin,
            )
    except LoginRefused as refusal:
        if refusal.reason == "code_just_sent":
            return ask_code(visit, progress, email, refusal=refusal)
        return await _page(visit, progress, email=email, refusal=refusal)
    return see_other(steps.step_url(visit, "/verify-email", progress))


def ask_code(
    visit: Visit, progress: Interaction | None, email: str, *, refusal: LoginRefused | None = None
) -> Response:
    """Says that mail is on its way, and takes the code in it; without a sign-up it is about a change of address."""
    return visit.page(
        "mail_sent.html",
        status=status_of(refusal),
        current_url=steps.step_url(visit, "/verify-email", progress) if progress else visit.site.url("/account/email"),
        csrf=visit.csrf,
        interaction=progress.id if progress else None,
        email=email,
        error=words_of(visit, refusal),
    )


async def _page(
    visit: Visit, progress: Interaction | None, *, email: str = "", refusal: LoginRefused | None = None
) -> Response:
    return visit.page(
        "signup.html",
        status=status_of(refusal),
        current_url=steps.step_url(visit, "/signup", progress),
        app=await apps.of_interaction(visit, progress),
        csrf=visit.csrf,
        interaction=progress.id if progress else None,
        is_open=await is_open(visit, progress),
        by_invitation=visit.site.op.settings.signup == "invite",
        email=email,
        error=words_of(visit, refusal),
    )


async def invitation(visit: Visit) -> Response:
    """Makes the account that somebody was invited to."""
    if visit.site.op.settings.signup == "off":
        raise PageRefused("invitation_spent")
    token = visit.path.rpartition("/")[2]
    link = await find_link(visit, token, links.INVITE)
    return await new_account(visit, link, action=visit.site.url(INVITATION.format(token=token)), token=None)


async def new_account(visit: Visit, link: VerificationToken, *, action: str, token: str | None) -> Response:
    """Asks the owner of a mailbox for a name and a password, and signs them in with what that makes."""
    progress = await interaction_of(visit, link)
    if visit.method == "GET":
        return await _new_account_page(visit, link, progress, action=action, token=token)
    visit.require_own_form()
    op = visit.site.op
    try:
        name = read_name(visit.form.maybe("name"))
        first = await first_proof.by_password(
            op,
            visit.form.maybe("password") or "",
            about=(link.email, name or ""),
            client_id=progress.client_id if progress else None,
        )
        user = await sign_up.complete(op, link, name=name, first=first, origin=visit.origin)
    except LoginRefused as refusal:
        return await _new_account_page(visit, link, progress, action=action, token=token, refusal=refusal)
    progress = progress or await steps.begin_without_app(visit, return_path="/account")
    factor = Factor(method="password", proves=("password",), amr=("pwd",), proven_at=op.now())
    return await sign_in.proven(visit, progress, user, factor, remember=False)


def read_name(typed: str | None) -> str | None:
    """What somebody wants to be called; nothing is a name, too."""
    name = (typed or "").strip()
    try:
        profile.read_claims({"name": name} if name else {})
    except InvalidRecord:
        raise LoginRefused("invalid_name") from None
    return name or None


async def interaction_of(visit: Visit, link: VerificationToken) -> Interaction | None:
    """The sign-in in which somebody asked for a link, where it goes on in the same browser."""
    asked_in = link.data.get("interaction")
    found = await interactions.find_open(visit.site.op.db, asked_in, now=visit.site.op.now()) if asked_in else None
    return found if found is not None and same(found.browser_hash, visit.browser_hash) else None


async def _new_account_page(
    visit: Visit,
    link: VerificationToken,
    progress: Interaction | None,
    *,
    action: str,
    token: str | None,
    refusal: LoginRefused | None = None,
) -> Response:
    demanded = await demanded_of(visit, progress)
    return visit.page(
        "new_account.html",
        status=status_of(refusal),
        current_url=action if token is None else f"{action}?token={token}",
        form_action=steps.form_targets(progress) if progress else [],
        app=await apps.of_interaction(visit, progress),
        csrf=visit.csrf,
        interaction=None,
        action=action,
        token=token,
        email=link.email,
        full_name=visit.form.maybe("name") or link.data.get("name"),
        proof=token or visit.path.rpartition("/")[2],
        may_use_passkeys=policy.PASSKEY in demanded.methods,
        may_use_password=policy.PASSWORD in demanded.methods,
        shortest=await new_password.shortest_first(visit.site.op, progress.client_id if progress else None),
        invited_until=link.expires_at if link.purpose == links.INVITE else None,
        error=words_of(visit, refusal),
    )


async def find_link(visit: Visit, token: str, *purposes: str) -> VerificationToken:
    """The live link that a page was opened with; to look at it does not use it."""
    op = visit.site.op
    for purpose in purposes:
        found = await verification_tokens.find_live(op.db, digest(token), purpose=purpose, now=op.now())
        if found is not None:
            return found
    raise PageRefused("invitation_spent" if links.INVITE in purposes else "link_spent")


def status_of(refusal: LoginRefused | None) -> int:
    """The status of a page that was refused, or not."""
    if refusal is None:
        return 200
    return 429 if refusal.reason in WAIT else 400


def words_of(visit: Visit, refusal: LoginRefused | None) -> str | None:
    """What a page says of why it was refused."""
    return say(visit.language, f"refused.{refusal.reason}", **refusal.values) if refusal else None
