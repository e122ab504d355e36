"""The ways out to other providers and back."""

from tests.isolation.asking import EVERYBODY, NOBODY, Ask, Made, Own, Specimen
from tests.isolation.making import a_directory_visit, a_federated_visit, a_provider, a_saml_visit
from tests.isolation.scene import Scene
from tests.isolation.specimens.sign_in import VISIT

ADDRESS = "the address is one that a provider is told, and sends browsers and whoever asks to"


async def _a_saml_provider(scene: Scene) -> Made:
    """A provider of SAML."""
    return {"provider": (await a_provider(scene, kind="saml")).slug}


PROVIDER = {"provider": Own("provider")}
SPECIMENS = {
    ("GET", "/federation/{provider}/start"): Specimen(
        ranks=EVERYBODY, asks=(Ask(made=a_federated_visit, path=PROVIDER, query=VISIT, signed_out=True),)
    ),
    ("POST", "/federation/{provider}/start"): Specimen(
        ranks=EVERYBODY,
        asks=(Ask(made=a_directory_visit, path=PROVIDER, form=VISIT | {"username": "me"}, signed_out=True),),
    ),
    ("GET", "/federation/{provider}/callback"): Specimen(
        ranks=NOBODY,
        asks=(
            Ask(
                made=a_federated_visit,
                path={"provider": Own("provider", told=ADDRESS)},
                query={"state": Own("state"), "error": "access_denied"},
                signed_out=True,
            ),
        ),
    ),
    ("POST", "/federation/{provider}/acs"): Specimen(
        ranks=EVERYBODY,
        foreign_form="providers of SAML send people here by forms of their own (Bindings §3.5)",
        asks=(
            Ask(
                made=a_saml_visit,
                path={"provider": Own("provider", told=ADDRESS)},
                form={"RelayState": Own("state"), "SAMLResponse": "bm9uZQ=="},
                signed_out=True,
            ),
        ),
    ),
    ("GET", "/federation/{provider}/metadata"): Specimen(
        ranks=EVERYBODY, asks=(Ask(made=_a_saml_provider, path={"provider": Own("provider", told=ADDRESS)}),)
    ),
}
