"""What the scripts of our own pages call."""

from tests import passkeys
from tests.authenticator import SoftPasskey
from tests.isolation.asking import EVERYBODY, NOBODY, SIGN_IN, SIGNED_IN, Ask, Held, Made, Own, Specimen
from tests.isolation.making import a_sign_up_link, a_visit, a_visit_that_lacks
from tests.isolation.scene import Rank, Scene, one_more
from tests.isolation.specimens.joining import MAILED
from tests.isolation.specimens.sign_in import VISIT

MADE = ("clientDataJSON", "attestationObject")
KNOWN = "a browser is told which passkey nobody has any more, so that it can forget it; its name is 32 random bytes"


async def _an_answer(scene: Scene) -> Made:
    """What an authenticator with a passkey of a member answers in the scene's browser."""
    passkey = await passkeys.give(scene.deployment, await one_more(scene))
    options, _ = await passkeys.begin(scene.browser)
    told = passkey.get(options)
    response = told["response"]
    return {
        "id": told["id"],
        "handle": response["userHandle"],
        **{name: response[name] for name in ("clientDataJSON", "authenticatorData", "signature")},
    }


async def _a_newcomer(scene: Scene) -> Made:
    """The link of somebody who makes an account, and the passkey that an authenticator made for it in the browser."""
    link = await a_sign_up_link(scene)
    csrf = await scene.csrf()
    options = await passkeys.call(scene.browser, "/signup/passkey/options", {"proof": link["token"]}, csrf)
    told = SoftPasskey().create(options.json())
    return {**link, "id": told["id"], **{name: told["response"][name] for name in MADE}}


NEW = {
    "id": Held("id"),
    "rawId": Held("id"),
    "type": "public-key",
    "clientExtensionResults": {},
    "response": {name: Held(name) for name in MADE} | {"transports": ["internal"]},
}
ANSWER = {
    "id": Own("id", told=KNOWN),
    "rawId": Own("id", told=KNOWN),
    "type": "public-key",
    "clientExtensionResults": {},
    "response": {
        "clientDataJSON": Held("clientDataJSON"),
        "authenticatorData": Held("authenticatorData"),
        "signature": Held("signature"),
        "userHandle": Own("handle"),
    },
}
SPECIMENS = {
    ("POST", "/login/passkey/options"): Specimen(
        ranks=EVERYBODY, asks=(Ask(document={}), Ask(made=a_visit, document=VISIT, signed_out=True))
    ),
    ("POST", "/login/passkey"): Specimen(ranks=EVERYBODY, asks=(Ask(made=_an_answer, document=ANSWER),)),
    ("POST", "/login/set-up/passkey/options"): Specimen(
        ranks=EVERYBODY, asks=(Ask(made=a_visit_that_lacks, document=VISIT, signed_out=True),)
    ),
    ("POST", "/login/set-up/passkey"): Specimen(
        ranks=NOBODY, asks=(Ask(made=a_visit_that_lacks, document=VISIT | {"id": "none"}, signed_out=True),)
    ),
    ("POST", "/signup/passkey/options"): Specimen(
        ranks=EVERYBODY,
        asks=(
            Ask(
                made=a_sign_up_link,
                document={"proof": Own("token", told=MAILED, shows=("email",))},
                signed_out=True,
            ),
        ),
    ),
    ("POST", "/signup/passkey"): Specimen(
        ranks=EVERYBODY, asks=(Ask(made=_a_newcomer, document=NEW | {"proof": Held("token")}, signed_out=True),)
    ),
    ("POST", "/account/passkeys/options"): Specimen(ranks=SIGNED_IN, asks=(Ask(document={}),)),
    ("POST", "/account/passkeys"): Specimen(
        ranks={**NOBODY, Rank.ANONYMOUS: SIGN_IN}, asks=(Ask(document={"id": "none"}),)
    ),
}
