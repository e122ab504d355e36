"""Acting as somebody else: what its address says to whom. Of the ranks nobody has proven two factors."""

from hibana_op.foundation import secrets
from hibana_op.records import impersonations
from hibana_op.records.impersonations import ImpersonationRequest
from tests.isolation.asking import EVERYBODY, NOBODY, Ask, Made, Own, Specimen
from tests.isolation.scene import Scene


async def _an_address(scene: Scene) -> Made:
    """One that the person asked for, to act as a member."""
    token, now = secrets.token(), scene.op.now()
    asked = ImpersonationRequest(
        token_hash=secrets.digest(token),
        impersonator_id=scene.person.id,
        user_id=scene.side.member.id,
        reason=scene.side.canary,
        created_at=now,
        expires_at=now + 120,
    )
    await scene.op.db.transact(lambda tx: impersonations.insert(tx, asked))
    return {"token": token}


ADDRESS = {"token": Own("token")}
SPECIMENS = {
    ("GET", "/impersonate/{token}"): Specimen(ranks=NOBODY, asks=(Ask(made=_an_address, path=ADDRESS),)),
    ("POST", "/impersonate/{token}"): Specimen(
        ranks=NOBODY, asks=(Ask(made=_an_address, path=ADDRESS, form={"decision": "begin"}),)
    ),
    ("POST", "/impersonation/end"): Specimen(ranks=EVERYBODY, asks=(Ask(form={}),)),
}
