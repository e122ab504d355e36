"""What is sent to people, or passed on among them: links, codes, invitations."""

from dataclasses import replace
from urllib.parse import quote

from hibana_op.foundation import secrets
from hibana_op.login import confirmation, links
from hibana_op.login.second_factors import codes
from hibana_op.login.second_factors.shapes import Challenge
from hibana_op.records import interactions, users, verification_codes, verification_tokens
from hibana_op.tenancy import actors, invitations, join_codes
from hibana_op.tenancy.seats import Seat
from tests.api.credentials import ORIGIN
from tests.deployment import Deployment
from tests.isolation.artefacts.kind import Artefact, Kind, begins, browser, jar, submit
from tests.isolation.asking import Made
from tests.isolation.making import a_join_code, a_link, a_named_visit, a_visit
from tests.isolation.scene import Scene, one_more, sign_in
from tests.make import make_user

NAMES_WHOM = "the link says itself whose it is; there is no other person's place to play it at"


async def _newcomer(scene: Scene) -> Scene:
    """Somebody who has an account and is in no tenant, signed in."""
    return await sign_in(scene.deployment, scene.side, await make_user(scene.op, password=None))


async def _invitation(scene: Scene) -> Artefact:
    them = await _newcomer(scene)
    assert them.user is not None
    command = await actors.command(scene.op)
    sent = await invitations.create(
        scene.op, command, scene.side.tenant_id, email=them.user.email, seat=Seat(), origin=ORIGIN
    )
    token = secrets.token()
    await scene.op.db.run(
        "UPDATE invitations SET token_hash = :hash WHERE id = :id",
        hash=secrets.digest(token),
        id=sent.invitation.id,
    )
    return Artefact(token, {**await jar(them), "user": them.user.id, "tenant": scene.side.tenant_id})


async def _is_member(deployment: Deployment, target: Made) -> bool:
    row = await deployment.op.db.one(
        "SELECT id FROM tenant_memberships WHERE tenant_id = :tenant AND user_id = :user AND status = 'active'",
        tenant=target["tenant"],
        user=target["user"],
    )
    return row is not None


async def _takes_invitation(deployment: Deployment, target: Made, text: str) -> bool:
    await submit(deployment, target, f"/invite/{quote(text, safe='')}", decision="join")
    return await _is_member(deployment, target)


async def _join_code(scene: Scene) -> Artefact:
    them = await _newcomer(scene)
    assert them.user is not None
    code = (await a_join_code(scene))["join_code"]
    return Artefact(code, {**await jar(them), "user": them.user.id, "tenant": scene.side.tenant_id})


async def _takes_join_code(deployment: Deployment, target: Made, text: str) -> bool:
    """Whether it lets somebody into the very tenant."""
    await submit(deployment, target, "/join", join_code=text, decision="join")
    return await _is_member(deployment, target)


async def _waiting_code(scene: Scene) -> Artefact:
    """A join code as it waits for its owner to sign in: sealed, in an address."""
    them = await _newcomer(scene)
    code = join_codes.plain((await a_join_code(scene))["join_code"])
    bound = f"join:kept:{secrets.digest(them.cookie('browser'))}"
    return Artefact(scene.op.vault.seal(code.encode(), bound), await jar(them))


async def _takes_waiting_code(deployment: Deployment, target: Made, text: str) -> bool:
    """Whether the page says which organization it is for."""
    async with browser(deployment, target) as http:
        return 'value="join"' in (await http.get("/join", params={"kept": text})).text


async def _recovery_link(scene: Scene) -> Artefact:
    them = scene.signed_out()
    link = await a_link(scene, links.RESET_PASSWORD, user=await one_more(scene))
    return Artefact(link["token"], await jar(them))


async def _takes_recovery_link(deployment: Deployment, target: Made, text: str) -> bool:
    response = await submit(deployment, target, "/reset", token=text, password="a new one, long enough")
    return response.status_code == 200


async def _confirmation_link(scene: Scene) -> Artefact:
    them, user = scene.signed_out(), await one_more(scene)
    link = await a_link(scene, links.VERIFY_EMAIL, user=user, was=user.email)
    return Artefact(link["token"], await jar(them))


async def _takes_confirmation_link(deployment: Deployment, target: Made, text: str) -> bool:
    return (await submit(deployment, target, "/verify-email", token=text)).status_code == 200


async def _confirmation_code(scene: Scene) -> Artefact:
    """The code in place of a link, for the browser that asked."""
    them = scene.signed_out()
    visit = await a_visit(them)
    row = links.make(scene.op, "/{token}", purpose=links.VERIFY_EMAIL, email=f"{visit['interaction']}@new.example").row
    code, kept = confirmation.make(scene.op, replace(row), browser_hash=secrets.digest(them.cookie("browser")))
    await scene.op.db.transact(lambda tx: verification_tokens.insert(tx, kept))
    return Artefact(code, {**await jar(them), "email": row.email})


async def _takes_confirmation_code(deployment: Deployment, target: Made, text: str) -> bool:
    response = await submit(deployment, target, "/verify-email", email=target["email"], code=text)
    return response.status_code == 303


async def _sign_in_link(scene: Scene) -> Artefact:
    them, user = scene.signed_out(), await one_more(scene)
    visit = await a_visit(them)
    link = await a_link(scene, links.MAGIC_LINK, user=user, interaction=visit["interaction"])
    return Artefact(link["token"], await jar(them))


async def _takes_sign_in_link(deployment: Deployment, target: Made, text: str) -> bool:
    return begins(await submit(deployment, target, "/login/link", token=text))


async def _sign_in_code(scene: Scene) -> Artefact:
    them = scene.signed_out()
    visit = await a_named_visit(them)
    op, user = scene.op, await users.get(scene.op.db, visit["user"])
    progress = await interactions.find_open(op.db, visit["interaction"], now=op.now())
    assert progress is not None
    challenge = Challenge(user=user, bound_to=progress.id, origin=ORIGIN)
    code, row = codes.make(op, codes.EMAIL_FIRST, challenge, user.email)
    await op.db.transact(lambda tx: verification_codes.replace(tx, row))
    return Artefact(code, {**await jar(them), "interaction": progress.id})


async def _takes_sign_in_code(deployment: Deployment, target: Made, text: str) -> bool:
    asked = {"interaction": target["interaction"], "code": text}
    return begins(await submit(deployment, target, "/login/email", **asked))


KINDS = (
    Kind("an invitation", _invitation, _takes_invitation),
    Kind("a join code", _join_code, _takes_join_code, tries=8),
    Kind("a join code that waits", _waiting_code, _takes_waiting_code),
    Kind("a recovery link", _recovery_link, _takes_recovery_link, anywhere=NAMES_WHOM),
    Kind("a link to confirm an address", _confirmation_link, _takes_confirmation_link, anywhere=NAMES_WHOM),
    Kind("a code to confirm an address", _confirmation_code, _takes_confirmation_code, tries=4),
    Kind("a link to sign in with", _sign_in_link, _takes_sign_in_link),
    Kind("a code to sign in with", _sign_in_code, _takes_sign_in_code, tries=4),
)
