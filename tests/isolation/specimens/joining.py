"""Making an account, getting back into one, and becoming a member."""

from tests.isolation.asking import EVERYBODY, LOOK, OPENS, REFUSED, SIGN_IN, Ask, Held, Made, Own, Specimen
from tests.isolation.making import (
    a_join_code,
    a_recovery_link,
    a_sign_up_link,
    a_typed_code,
    a_visit,
    an_invitation,
)
from tests.isolation.scene import Rank, Scene
from tests.isolation.specimens.sign_in import UNTOLD, VISIT

MAILED = "whoever has the link reads the mailbox that it was sent to"
CODE = "whoever has a join code is meant to see which organization it is for"
INVITED = "whoever has the link of an invitation sees where it leads; taking it up is for the invited address alone"
TOKEN = {"token": Own("token", told=MAILED, shows=("email",))}


async def _a_recovery(scene: Scene) -> Made:
    """A sign-in of somebody who forgot their password."""
    return {**await a_visit(scene), "email": scene.side.member.email}


INVITATION = {"token": Own("token", told=INVITED, shows=(*LOOK, "tenant name", "email"))}

SPECIMENS = {
    ("GET", "/signup"): Specimen(ranks=EVERYBODY, asks=(Ask(made=a_visit, query=VISIT, signed_out=True),)),
    ("POST", "/signup"): Specimen(
        ranks=EVERYBODY,
        asks=(Ask(made=_a_recovery, form=VISIT | {"email": Own("email", silent=UNTOLD, mails=True)}, signed_out=True),),
    ),
    ("GET", "/verify-email"): Specimen(
        ranks=EVERYBODY,
        asks=(
            Ask(made=a_sign_up_link, query=TOKEN, signed_out=True),
            Ask(made=a_visit, query=VISIT, signed_out=True),
        ),
    ),
    ("POST", "/verify-email"): Specimen(
        ranks=EVERYBODY,
        asks=(
            Ask(made=a_typed_code, form=VISIT | {"code": Held("code")}, signed_out=True),
            Ask(made=a_typed_code, form={"email": Own("email"), "code": Held("code")}, signed_out=True),
        ),
    ),
    ("GET", "/recover"): Specimen(ranks=EVERYBODY, asks=(Ask(made=a_visit, query=VISIT, signed_out=True),)),
    ("POST", "/recover"): Specimen(
        ranks=EVERYBODY,
        asks=(
            Ask(made=_a_recovery, form=VISIT | {"username": Own("email", silent=UNTOLD, mails=True)}, signed_out=True),
        ),
    ),
    ("GET", "/reset"): Specimen(ranks=EVERYBODY, asks=(Ask(made=a_recovery_link, query=TOKEN, signed_out=True),)),
    ("POST", "/reset"): Specimen(
        ranks=EVERYBODY,
        asks=(Ask(made=a_recovery_link, form={"token": Held("token"), "password": "a new one, long enough"}),),
    ),
    ("GET", "/.well-known/change-password"): Specimen(ranks=EVERYBODY),
    ("GET", "/invite/{token}"): Specimen(ranks=EVERYBODY, asks=(Ask(made=an_invitation, path=INVITATION),)),
    ("POST", "/invite/{token}"): Specimen(
        ranks=dict.fromkeys(Rank, REFUSED),
        asks=(
            Ask(made=an_invitation, path=INVITATION, form={"decision": "join"}),
            Ask(made=an_invitation, path=INVITATION, form={"decision": "sign_in"}),
        ),
    ),
    ("GET", "/join"): Specimen(ranks=EVERYBODY, asks=(Ask(made=a_visit, query=VISIT),)),
    ("POST", "/join"): Specimen(
        ranks={**dict.fromkeys(Rank, OPENS), Rank.ANONYMOUS: SIGN_IN},
        asks=(
            Ask(
                made=a_join_code,
                form={"join_code": Own("join_code", told=CODE, shows=(*LOOK, "tenant name", "about it"))},
            ),
            Ask(made=a_visit, form=VISIT | {"decision": "cancel"}),
        ),
    ),
    ("GET", "/"): Specimen(ranks=EVERYBODY),
    ("GET", "/api/v1/docs"): Specimen(ranks=EVERYBODY),
}
