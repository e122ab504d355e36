"""What organisations upload for the look of their pages, and choose in their settings."""

import pytest

from hibana_op.foundation.errors import Conflict, Forbidden, InvalidRecord, NotFound
from hibana_op.login import notices
from hibana_op.records import audit_log, branding_files, expired, registry, tenant_changes, tenants
from hibana_op.records.branding_files import CSS, HTML
from hibana_op.records.tenants import SYSTEM
from hibana_op.storage.database import Session
from hibana_op.tenancy import actors, branding, management, settings
from hibana_op.tenancy import tenants as tenant_rules
from tests.branding import HEADER, SHEET, choose, dress, png, upload
from tests.deployment import Deployment
from tests.make import make_user
from tests.tenancy.authority import HERE, acting, make_member, make_staff, make_tenant

DAY = 86400


async def test_an_owner_uploads_a_file_and_chooses_it(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    owner = await acting(op, await make_member(op, tenant, "owner"))
    logo = branding.picture(op, tenant.id, png(60, 20))
    await branding.add(op, owner, tenant.id, [logo], origin=HERE)

    changed = await settings.change(op, owner, tenant.id, {"branding": {"logo": logo.id}}, origin=HERE)

    assert changed.tenant.settings["branding"] == {"logo": logo.id}
    (listed,) = await branding.of_tenant(op, owner, tenant.id)
    assert (listed.media_type, listed.width, listed.height, listed.content) == ("image/png", 60, 20, "")
    assert (await branding_files.locate(op.db, logo.id)).raw == png(60, 20)
    tags = [each.action for each in await audit_log.page(op.db)]
    assert {"tenant:branding-file:added", "tenant:record:updated"} <= set(tags)


async def test_what_was_written_is_kept_as_it_was_understood(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    sheet = await upload(op, tenant.id, f"/* a note */ {SHEET}", CSS)
    words = await upload(op, tenant.id, HEADER.format(name="Acme"), HTML)
    kept = (await branding_files.locate(op.db, sheet.id)).raw.decode()
    assert "a note" not in kept
    assert "border-radius: 4px" in kept
    assert 'rel="noopener noreferrer"' in (await branding_files.locate(op.db, words.id)).content


async def test_whoever_may_not_change_settings_uploads_and_removes_nothing(deployment: Deployment) -> None:
    op = deployment.op
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    kept = await upload(op, tenant.id, png())
    member = await acting(op, await make_member(op, tenant, "member"))
    stranger = await acting(op, await make_member(op, other, "owner"))
    made = branding.picture(op, tenant.id, png())
    with pytest.raises(Forbidden):
        await branding.add(op, member, tenant.id, [made], origin=HERE)
    with pytest.raises(Forbidden):
        await branding.remove(op, member, tenant.id, kept.id, origin=HERE)
    with pytest.raises(Forbidden):
        await branding.of_tenant(op, member, tenant.id)
    with pytest.raises(NotFound, match="no tenant"):
        await branding.add(op, stranger, tenant.id, [made], origin=HERE)
    with pytest.raises(NotFound, match="no file"):
        await branding.remove(op, stranger, other.id, kept.id, origin=HERE)
    with pytest.raises(NotFound):
        await branding.add(op, stranger, SYSTEM, [branding.picture(op, SYSTEM, png())], origin=HERE)


async def test_O01_settings_name_only_files_of_their_own_tenant(deployment: Deployment) -> None:
    op, command = deployment.op, await actors.command(deployment.op)
    tenant, other = await make_tenant(op), await make_tenant(op, "other")
    theirs = (await upload(op, other.id, png())).id
    unknown = "01981f6e-7a3c-7d21-9f0a-6b1f5c3e8d42"
    told = []
    for file_id in (theirs, unknown):
        with pytest.raises(InvalidRecord) as refused:
            await settings.change(op, command, tenant.id, {"branding": {"logo": file_id}}, origin=HERE)
        told.append(str(refused.value).replace(file_id, "ID"))
    assert told == ["settings: no file has the id ID - at `$.branding.logo`"] * 2
    with pytest.raises(InvalidRecord, match="no file has the id"):
        await tenant_rules.create(
            op, command, slug="new", name="New", settings={"branding": {"logo": theirs}}, origin=HERE
        )
    assert await tenants.find_by_slug(op.db, "new") is None


@pytest.mark.parametrize(
    ("member", "content", "media_type"),
    [("logo", SHEET, CSS), ("header", SHEET, CSS), ("stylesheet", "<p>words</p>", HTML), ("footer", png(), "")],
)
async def test_a_file_is_chosen_only_for_what_it_is(
    deployment_on_sqlite: Deployment, member: str, content: bytes | str, media_type: str
) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    file = await upload(op, tenant.id, content, media_type)
    with pytest.raises(InvalidRecord, match=f"is no {member}"):
        await choose(op, tenant, **{member: file.id})


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("primary_color", "blue"),
        ("primary_color", "#12345"),
        ("primary_color", "#123456;}"),
        ("font_family", 'Georgia"; } body { display: none'),
        ("font_family", "url(x)"),
        ("font_family", "Wingdings"),
        ("font_family", "Georgia, Adobe Blank"),
        ("theme", "sepia"),
        ("terms_url", "http://acme.example/terms"),
        ("terms_url", "javascript:alert(1)"),
        ("terms_url", "https://acme.example/\n"),
        ("help_url", "https://user:secret@acme.example/"),
        ("help_url", "https:///path"),
        ("name", ""),
        ("name", " Acme"),
        ("name", "Ac\u202eme"),
        ("name", "a" * 61),
        ("logo", "../../etc/passwd"),
        ("css", "body {}"),
    ],
)
async def test_R03_a_choice_that_is_malformed_is_refused(
    deployment_on_sqlite: Deployment, member: str, value: str
) -> None:
    op = deployment_on_sqlite.op
    tenant = await make_tenant(op)
    with pytest.raises(InvalidRecord, match="settings: "):
        await choose(op, tenant, **{member: value})


async def test_a_file_that_is_shown_stays_until_another_is_chosen(deployment: Deployment) -> None:
    op, command = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    logo = await upload(op, tenant.id, png())
    await choose(op, tenant, logo=logo.id)
    with pytest.raises(Conflict, match="chosen"):
        await branding.remove(op, command, tenant.id, logo.id, origin=HERE)
    await choose(op, tenant, logo=None)
    await branding.remove(op, command, tenant.id, logo.id, origin=HERE)
    with pytest.raises(NotFound):
        await branding_files.locate(op.db, logo.id)
    assert "tenant:branding-file:removed" in {each.action for each in await audit_log.page(op.db)}


async def test_O04_a_tenant_keeps_so_many_files_and_no_more(deployment: Deployment) -> None:
    op, command = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    many = [branding.picture(op, tenant.id, png(1, 1)) for _ in range(branding.MOST_FILES)]
    await branding.add(op, command, tenant.id, many, origin=HERE)
    with pytest.raises(Conflict, match="files"):
        await branding.add(op, command, tenant.id, [branding.picture(op, tenant.id, png())], origin=HERE)
    assert await branding_files.count(op.db, tenant.id) == branding.MOST_FILES


async def test_a_second_person_approves_a_new_look_where_changes_take_one(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    command = await actors.command(op)
    await settings.change(op, command, SYSTEM, {"approvals": ["updated"]}, origin=HERE)
    first, second = [await acting(op, await make_staff(op, "super_admin")) for _ in range(2)]
    logo = await upload(op, tenant.id, png())
    asked = await settings.change(op, first, tenant.id, {"branding": {"logo": logo.id}}, origin=HERE)
    assert asked.is_waiting
    assert (await tenants.get(op.db, tenant.id)).settings == {}
    deployment.clock.advance(40 * DAY)
    assert await swept(deployment) == 0  # somebody may still approve it
    with pytest.raises(Conflict, match="waits for approval"):
        await branding.remove(op, command, tenant.id, logo.id, origin=HERE)
    assert asked.change is not None
    await management.approve(op, second, asked.change.id, origin=HERE)
    assert (await tenants.get(op.db, tenant.id)).settings == {"branding": {"logo": logo.id}}
    (done,) = await tenant_changes.page(op.db, tenant_id=tenant.id)
    assert (done.old_values, done.new_values) == ({"settings": {}}, {"settings": {"branding": {"logo": logo.id}}})


async def swept(deployment: Deployment) -> int:
    """How many files a round of sweeping takes."""
    op = deployment.op
    before = (await op.db.one("SELECT COUNT(*) AS found FROM branding_files") or {})["found"]
    for step in range(expired.STEPS):
        await op.db.transact(lambda tx, step=step: expired.sweep(tx, step, now=op.now()))  # type: ignore[misc]
    after = (await op.db.one("SELECT COUNT(*) AS found FROM branding_files") or {})["found"]
    return int(before) - int(after)


async def test_what_nobody_chose_for_a_month_is_swept(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    ids = await dress(op, tenant, "Acme")
    await upload(op, tenant.id, png())
    deployment.clock.advance(29 * DAY)
    assert await swept(deployment) == 0
    deployment.clock.advance(2 * DAY)
    assert await swept(deployment) == 1
    assert {each.id for each in await branding_files.page(op.db, tenant.id)} == set(ids.values())


async def test_what_was_taken_back_can_be_chosen_again_for_a_month(deployment: Deployment) -> None:
    op = deployment.op
    tenant = await make_tenant(op)
    logo = await upload(op, tenant.id, png())
    await choose(op, tenant, logo=logo.id)
    deployment.clock.advance(100 * DAY)
    await choose(op, tenant, logo=None)
    deployment.clock.advance(29 * DAY)
    assert await swept(deployment) == 0
    deployment.clock.advance(2 * DAY)
    assert await swept(deployment) == 1


async def test_settings_that_cannot_be_read_leave_the_deployment_its_name(deployment: Deployment) -> None:
    op = deployment.op

    async def spoil(tx: Session) -> None:
        await tx.run("UPDATE tenants SET settings_json = '{\"colour\": 1}' WHERE id = 'system'")
        await registry.advance(tx)

    await op.db.transact(spoil)
    op.remembered.forget()
    await op.remembered.catch_up()
    assert op.remembered.brand == "Hibana"


async def test_O05_a_deleted_tenant_leaves_no_pictures(deployment: Deployment) -> None:
    op, command = deployment.op, await actors.command(deployment.op)
    tenant = await make_tenant(op)
    await dress(op, tenant, "Acme")
    await tenant_rules.delete(op, command, tenant.id, origin=HERE)
    assert await branding_files.count(op.db, tenant.id) == 0


async def test_the_names_of_the_deployment_and_its_mails_are_one(deployment: Deployment) -> None:
    op = deployment.op
    person = await make_user(op)
    assert "Hibana" in notices.message(op, person, "password_changed", origin=HERE).subject
    await choose(op, None, name="Acme ID")
    op.remembered.forget()
    await op.remembered.catch_up()
    assert "Acme ID" in notices.message(op, person, "password_changed", origin=HERE).subject
