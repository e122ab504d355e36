"""The pages on which people join an organisation, as the controllers fill them."""

from collections.abc import Iterator, Mapping

from hibana_op.pages.positions import Standing
from hibana_op.records.invitations import Invitation
from hibana_op.records.tenants import Tenant
from hibana_op.records.users import User
from hibana_op.web.words import say

NOW = 1_800_000_000
MODES = ("newcomer", "accept", "confirm", "sign_in")


def pages(
    language: str, form: Mapping[str, object], address: str
) -> Iterator[tuple[str, str, Mapping[str, object], int]]:
    """For each: its name, its template, what it is filled with, and its status."""
    tenant = Tenant(
        id="1",
        slug="yamada-unyu",
        name="株式会社山田運輸" * 4,
        description="Logistics in the whole country",
        created_at=NOW,
        updated_at=NOW,
    )
    invitation = Invitation(
        id="1",
        tenant_id="1",
        email=address,
        email_key=address,
        token_hash="x",
        is_mailed=True,
        expires_at=NOW,
        created_at=NOW,
    )
    current = User(id="1", email=address, created_at=NOW, updated_at=NOW)
    wrong = say(language, "refused.join_code_wrong")
    standing = Standing(say(language, "role.user"), "大阪支店" if language == "ja" else "Osaka")
    code = {**form, "join_code": "ABCD-EFGH", "is_signed_in": False, "is_by_invitation": True}
    shown = {**form, "join_code": "ABCD-EFGH", "tenant": tenant, "standing": standing, "email": address}
    invited = {
        "csrf": form["csrf"],
        "interaction": None,
        "action": "/idp/invite/token",
        "tenant": tenant,
        "invitation": invitation,
        "inviter": "山田 花子",
        "standing": standing,
        "current": current,
        "full_name": "",
        "shortest": 15,
        "proof": "the-token-of-the-invitation",
        "may_use_passkeys": True,
        "may_use_password": True,
        "error": None,
    }
    yield "join", "join.html", code, 200
    yield "join-refused", "join.html", {**code, "is_signed_in": True, "error": wrong}, 400
    for is_member in (False, True):
        yield f"join-preview-{is_member}", "join_preview.html", {**shown, "is_member": is_member}, 200
    for mode in MODES:
        yield f"invite-{mode}", "invite.html", {**invited, "mode": mode}, 200
