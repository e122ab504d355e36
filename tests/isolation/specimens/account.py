"""The pages of one's own account: they open to whoever is signed in, and show and change what is theirs."""

from tests.isolation.asking import NOBODY, OPENS, SIGN_IN, SIGNED_IN, Ask, Made, Own, Specimen
from tests.isolation.belongings import (
    a_linked_account,
    a_passkey,
    a_second_tenant,
    a_session,
    a_tenant_of_my_domain,
    an_agent,
    an_agent_at_rest,
    an_invitation_of_mine,
)
from tests.isolation.making import a_directory, an_allowed_app
from tests.isolation.scene import Rank, Scene

SAME = "what is gone already is answered the same"
UNTOLD = "mail says to whoever has the address that it is taken; the page does not"
PLAIN = Specimen(ranks=SIGNED_IN)


async def _a_name(scene: Scene) -> Made:
    """The user name of a member."""
    name = f"{scene.side.canary.lower()}-{scene.side.member.id[-12:]}"
    await scene.op.db.run(
        "UPDATE users SET preferred_username = :name, username_key = :name WHERE id = :id",
        name=name,
        id=scene.side.member.id,
    )
    return {"username": name, "email": scene.side.member.email}


def _form(**form: str | Own) -> Specimen:
    return Specimen(ranks=SIGNED_IN, asks=(Ask(form=form),))


OF_THE_TENANT = {**NOBODY, Rank.ANONYMOUS: SIGN_IN, Rank.MEMBER: OPENS, Rank.OWNER: OPENS}
LINKED = {"provider": Own("provider")}
SPECIMENS = {
    ("GET", "/account"): PLAIN,
    ("GET", "/account/profile"): PLAIN,
    ("POST", "/account/profile"): Specimen(
        ranks=SIGNED_IN,
        asks=(
            Ask(form={"nickname": "Nick"}),
            Ask(
                made=_a_name,
                form={
                    "preferred_username": Own(
                        "username",
                        told="user names are the deployment's: one that is taken is not free, whosever it is",
                    )
                },
            ),
        ),
    ),
    ("GET", "/account/security"): PLAIN,
    ("GET", "/account/sessions"): PLAIN,
    ("POST", "/account/sessions"): Specimen(
        ranks=SIGNED_IN, asks=(Ask(made=a_session, form={"end": Own("session", silent=SAME)}),)
    ),
    ("GET", "/account/agents"): PLAIN,
    ("POST", "/account/agents"): Specimen(
        ranks=SIGNED_IN,
        asks=(
            Ask(made=an_agent, form={"suspend": Own("agent")}),
            Ask(made=an_agent, form={"end": Own("agent")}),
            Ask(made=an_agent_at_rest, form={"resume": Own("agent")}),
        ),
    ),
    ("GET", "/account/apps"): PLAIN,
    ("POST", "/account/apps"): Specimen(
        ranks=SIGNED_IN, asks=(Ask(made=an_allowed_app, form={"client_id": Own("client_id", silent=SAME)}),)
    ),
    ("GET", "/account/activity"): Specimen(ranks=SIGNED_IN, asks=(Ask(), Ask(query={"before": "999999999"}))),
    ("GET", "/account/data"): PLAIN,
    ("POST", "/account/data"): _form(decision="export"),
    ("GET", "/account/password"): PLAIN,
    ("POST", "/account/password"): _form(current_password="", password=""),
    ("GET", "/account/passkeys/{passkey}"): Specimen(
        ranks=SIGNED_IN, asks=(Ask(made=a_passkey, path={"passkey": Own("passkey")}),)
    ),
    ("POST", "/account/passkeys/{passkey}"): Specimen(
        ranks=SIGNED_IN,
        asks=(
            Ask(made=a_passkey, path={"passkey": Own("passkey")}, form={"name": "Mine"}),
            Ask(made=a_passkey, path={"passkey": Own("passkey")}, form={"decision": "remove"}),
        ),
    ),
    ("GET", "/account/email"): PLAIN,
    ("POST", "/account/email"): Specimen(
        ranks=SIGNED_IN, asks=(Ask(made=_a_name, form={"email": Own("email", silent=UNTOLD, mails=True)}),)
    ),
    ("GET", "/account/factors"): PLAIN,
    ("POST", "/account/factors"): _form(forget="1"),
    ("GET", "/account/totp"): PLAIN,
    ("POST", "/account/totp"): _form(setup="", code="000000"),
    ("GET", "/account/phone"): PLAIN,
    ("POST", "/account/phone"): _form(send="1", phone="+819012345678"),
    ("GET", "/account/email-codes"): PLAIN,
    ("POST", "/account/email-codes"): _form(send="1"),
    ("GET", "/account/backup-codes"): PLAIN,
    ("POST", "/account/backup-codes"): _form(),
    ("GET", "/account/linked"): PLAIN,
    ("POST", "/account/linked"): Specimen(
        ranks=SIGNED_IN,
        asks=(
            Ask(made=a_linked_account, form={"unlink": Own("identity")}),
            Ask(made=a_linked_account, form=LINKED),
        ),
    ),
    ("GET", "/account/linked/{provider}"): Specimen(ranks=OF_THE_TENANT, asks=(Ask(made=a_directory, path=LINKED),)),
    ("POST", "/account/linked/{provider}"): Specimen(
        ranks=OF_THE_TENANT, asks=(Ask(made=a_directory, path=LINKED, form={"username": "me"}),)
    ),
    ("GET", "/account/organizations"): Specimen(
        ranks=SIGNED_IN, asks=(Ask(), Ask(made=a_second_tenant, query={"leave": Own("membership")}))
    ),
    ("POST", "/account/organizations"): Specimen(
        ranks=SIGNED_IN,
        asks=(
            Ask(made=a_second_tenant, form={"enter": Own("membership")}),
            Ask(made=a_second_tenant, form={"leave": Own("membership")}),
            Ask(made=an_invitation_of_mine, form={"accept": Own("invitation")}),
            Ask(made=an_invitation_of_mine, form={"decline": Own("invitation", silent=SAME)}),
            Ask(made=a_tenant_of_my_domain, form={"join": Own("joined")}),
        ),
    ),
}
