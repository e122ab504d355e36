"""The console: its rooms open to whoever runs the organization, and to those who run the deployment."""

from hibana_op.foundation.ids import uuid7
from hibana_op.records import memberships, tenants, units
from hibana_op.records.units import Unit
from hibana_op.tenancy import actors, join_codes
from hibana_op.tenancy.seats import Seat
from tests.api.credentials import ORIGIN
from tests.isolation.asking import NOBODY, OPENS, SIGN_IN, Ask, Made, Own, Specimen
from tests.isolation.making import an_invitation
from tests.isolation.scene import Rank, Scene, one_more

RUN_IT = {**NOBODY, Rank.ANONYMOUS: SIGN_IN, Rank.OWNER: OPENS, Rank.ADMINISTRATOR: OPENS}
TENANT = {"tenant": Own("tenant")}
UNIT = {"unit": Own("unit")}
MEMBER = TENANT | {"member": Own("member")}
CODE = TENANT | {"code": Own("code")}
INVITATION = TENANT | {"invitation": Own("invitation")}


async def _a_tenant(scene: Scene) -> Made:
    return {"tenant": (await tenants.get(scene.op.db, scene.side.tenant_id)).slug}


async def _a_unit(scene: Scene) -> Made:
    unit_id, now = uuid7(), scene.op.now()
    unit = Unit(
        id=unit_id,
        tenant_id=scene.side.tenant_id,
        path=f"{unit_id}/",
        name=f"Unit {scene.side.canary}",
        created_at=now,
        updated_at=now,
    )
    await scene.op.db.transact(lambda tx: units.insert(tx, unit))
    return {**await _a_tenant(scene), "unit": unit_id}


async def _a_member(scene: Scene) -> Made:
    user = await one_more(scene)
    member = await memberships.of_person(scene.op.db, scene.side.tenant_id, user.id)
    assert member is not None
    return {**await _a_tenant(scene), "member": member.id}


async def _a_code(scene: Scene) -> Made:
    command = await actors.command(scene.op)
    code, _ = await join_codes.create(
        scene.op, command, scene.side.tenant_id, seat=Seat(), label=scene.side.canary, origin=ORIGIN
    )
    return {**await _a_tenant(scene), "code": code.id}


async def _an_invitation(scene: Scene) -> Made:
    made = await an_invitation(scene)
    return {**await _a_tenant(scene), "invitation": made["invitation"]}


SPECIMENS = {
    ("GET", "/admin"): Specimen(ranks={**RUN_IT, Rank.OTHER_OWNER: OPENS}),
    ("GET", "/admin/{tenant}"): Specimen(ranks=RUN_IT, asks=(Ask(made=_a_tenant, path=TENANT),)),
    ("GET", "/admin/{tenant}/members"): Specimen(
        ranks=RUN_IT,
        asks=(Ask(made=_a_tenant, path=TENANT), Ask(made=_a_unit, path=TENANT, query=UNIT)),
    ),
    ("GET", "/admin/{tenant}/members/{member}"): Specimen(
        ranks=RUN_IT,
        asks=(Ask(made=_a_member, path=MEMBER), Ask(made=_a_member, path=MEMBER, query={"ask": "remove"})),
    ),
    ("POST", "/admin/{tenant}/members/{member}"): Specimen(
        ranks=RUN_IT,
        asks=(
            Ask(made=_a_member, path=MEMBER, form={"decision": "suspend"}),
            Ask(made=_a_member, path=MEMBER, form={"decision": "role", "role": "admin"}),
            Ask(made=_a_member, path=MEMBER, form={"decision": "remove"}),
        ),
    ),
    ("GET", "/admin/{tenant}/join-codes"): Specimen(ranks=RUN_IT, asks=(Ask(made=_a_tenant, path=TENANT),)),
    ("GET", "/admin/{tenant}/join-codes/new"): Specimen(ranks=RUN_IT, asks=(Ask(made=_a_tenant, path=TENANT),)),
    ("POST", "/admin/{tenant}/join-codes/new"): Specimen(
        ranks=RUN_IT, asks=(Ask(made=_a_unit, path=TENANT, form={"role": "member", **UNIT}),)
    ),
    ("GET", "/admin/{tenant}/join-codes/{code}"): Specimen(ranks=RUN_IT, asks=(Ask(made=_a_code, path=CODE),)),
    ("POST", "/admin/{tenant}/join-codes/{code}"): Specimen(
        ranks=RUN_IT, asks=(Ask(made=_a_code, path=CODE, form={"decision": "disable"}),)
    ),
    ("GET", "/admin/{tenant}/branding"): Specimen(ranks=RUN_IT, asks=(Ask(made=_a_tenant, path=TENANT),)),
    ("POST", "/admin/{tenant}/branding"): Specimen(
        ranks=RUN_IT,
        asks=(
            Ask(made=_a_tenant, path=TENANT, form={"decision": "save", "name": "Renamed"}),
            Ask(made=_a_tenant, path=TENANT, form={"decision": "try", "primary_color": "#7c3aed"}),
        ),
    ),
    ("GET", "/admin/{tenant}/branding/tried.css"): Specimen(ranks=RUN_IT, asks=(Ask(made=_a_tenant, path=TENANT),)),
    ("GET", "/admin/{tenant}/invitations"): Specimen(ranks=RUN_IT, asks=(Ask(made=_a_tenant, path=TENANT),)),
    ("GET", "/admin/{tenant}/invitations/new"): Specimen(ranks=RUN_IT, asks=(Ask(made=_a_tenant, path=TENANT),)),
    ("POST", "/admin/{tenant}/invitations/new"): Specimen(
        ranks=RUN_IT,
        asks=(
            Ask(
                made=_a_unit,
                path=TENANT,
                form={"email": "kei@example.com", "role": "member", "days": "7", "language": "en", **UNIT},
            ),
        ),
    ),
    ("GET", "/admin/{tenant}/invitations/{invitation}"): Specimen(
        ranks=RUN_IT, asks=(Ask(made=_an_invitation, path=INVITATION),)
    ),
    ("POST", "/admin/{tenant}/invitations/{invitation}"): Specimen(
        ranks=RUN_IT,
        asks=(
            Ask(made=_an_invitation, path=INVITATION, form={"decision": "resend"}),
            Ask(made=_an_invitation, path=INVITATION, form={"decision": "cancel"}),
        ),
    ),
}
