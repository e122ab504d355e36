"""LDAP directories, against OpenLDAP's slapd."""

import asyncio
import subprocess
import sys
import time
import uuid
from dataclasses import replace

import pytest

from hibana_op.foundation import directory as directories
from hibana_op.foundation.directory import Directory, DirectoryFailed, Entry, escaped, find, lets_in
from hibana_op.foundation.outbound import Outbound
from hibana_op.foundation.secrets import Secret
from tests.foundation.strangers import Names, listening
from tests.slapd import BASE, DIRECTORY_PASSWORD, HOST, PEOPLE, Slapd


@pytest.fixture
def ways(slapd: Slapd, corp: Directory) -> dict[str, Directory]:
    return {
        "ldaps": corp,
        "start_tls": replace(corp, url=slapd.plain_url, start_tls=True),
        "plain": replace(corp, url=slapd.plain_url),
    }


@pytest.fixture(scope="module")
def mallory(slapd: Slapd) -> str:
    return slapd.add("mallory")


@pytest.mark.parametrize("way", ["ldaps", "start_tls", "plain"])
async def test_a_person_is_found_by_either_name_and_let_in_by_their_password_alone(
    to_slapd: Outbound, slapd: Slapd, ways: dict[str, Directory], way: str
) -> None:
    dn = slapd.add(f"alice-{way}", mail=f"alice.{way}@corp.example", cn="Alice Doe", sn="Doe")
    for name in (f"alice-{way}", f"ALICE.{way}@corp.example"):
        entry = await find(to_slapd, ways[way], name)
        assert entry == Entry(
            dn=dn,
            subject=slapd.uuid_of(dn),
            values={"email": f"alice.{way}@corp.example", "name": "Alice Doe", "family_name": "Doe"},
        )

    assert await lets_in(to_slapd, ways[way], entry, DIRECTORY_PASSWORD)
    assert not await lets_in(to_slapd, ways[way], entry, "another")
    assert not await lets_in(to_slapd, ways[way], None, DIRECTORY_PASSWORD)


@pytest.mark.parametrize(
    "name",
    [
        "*",
        "mallory*",
        "*)(uid=*",
        "mallory)(uid=*",
        "mallory\0",
        "\0",
        "",
        "mallory\\",
        "\\2a",
        "mall\\6fry",
        "x" * 320,
    ],
    ids=ascii,
)
@pytest.mark.usefixtures("mallory")
async def test_K09_a_hostile_name_finds_nobody(to_slapd: Outbound, corp: Directory, name: str) -> None:
    assert await find(to_slapd, corp, "mallory") is not None
    assert await find(to_slapd, corp, name) is None


@pytest.mark.parametrize(
    ("name", "filter_"),
    [
        ("alice", "alice"),
        ("*)(uid=*", r"\2a\29\28uid\3d\2a"),
        ("a\\b", r"a\5cb"),
        ("花", r"\e8\8a\b1"),
        ("a\0", r"a\00"),
    ],
    ids=["plain", "operators", "backslash", "unicode", "nul"],
)
def test_K09_a_name_is_only_ever_a_value_in_a_filter(name: str, filter_: str) -> None:
    assert escaped(name) == filter_


@pytest.mark.parametrize("password", ["", "\0", f"{DIRECTORY_PASSWORD}\0", f"{DIRECTORY_PASSWORD}\0more"], ids=ascii)
async def test_K09_a_password_that_is_empty_or_holds_NUL_is_refused_before_the_directory_hears_of_it(
    corp: Directory, password: str
) -> None:
    nowhere = Outbound(resolver=Names([]))  # any connection would be an error
    entry = Entry(dn=f"uid=mallory,{PEOPLE}", subject="x", values={})
    assert not await lets_in(nowhere, corp, entry, password)
    await nowhere.close()


@pytest.mark.parametrize(
    ("uid", "rdn", "cn"),
    [
        ("comma", r"cn=Doe\2C John", "Doe, John"),
        ("quotes", r"cn=a\22b\22 \2B c\3Bd \3Ce\3E \3D", 'a"b" + c;d <e> ='),
        ("leading", r"cn=\23number", "#number"),
        ("unicode", "cn=山田 花子", "山田 花子"),
        ("two", "cn=two+uid=two", "two"),
    ],
)
async def test_K09_special_characters_in_a_DN_are_carried_as_they_are(
    to_slapd: Outbound, slapd: Slapd, corp: Directory, *, uid: str, rdn: str, cn: str
) -> None:
    slapd.add(uid, rdn=rdn, cn=cn, password=f"the own password of {uid}")
    entry = await find(to_slapd, corp, uid)
    assert entry is not None
    assert entry.values["name"] == cn
    assert await lets_in(to_slapd, corp, entry, f"the own password of {uid}")
    assert not await lets_in(to_slapd, corp, entry, DIRECTORY_PASSWORD)


async def test_K09_a_DN_that_could_be_read_as_another_is_refused(
    to_slapd: Outbound, slapd: Slapd, corp: Directory
) -> None:
    slapd.add("twofold", rdn=r"cn=a\5C2Cou=b", cn="a\\2Cou=b")
    with pytest.raises(DirectoryFailed, match="backslash"):
        await find(to_slapd, corp, "twofold")


@pytest.mark.parametrize("more", [1, 3], ids=["two", "four"])
async def test_K09_a_name_of_several_people_is_nobodys(
    to_slapd: Outbound, slapd: Slapd, corp: Directory, more: int
) -> None:
    slapd.add(f"twin-{more}")
    for number in range(more):
        slapd.add(f"twin-{more}-{number}", mail=f"twin-{more}")
    with pytest.raises(DirectoryFailed, match="more than one person"):
        await find(to_slapd, corp, f"twin-{more}")


@pytest.mark.usefixtures("mallory")
async def test_K09_pointers_to_other_directories_are_not_followed(
    to_slapd: Outbound, slapd: Slapd, corp: Directory
) -> None:
    reached = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal reached
        reached += 1

    async with listening(count) as port:
        slapd.refer("branch", f"ldap://127.0.0.1:{port}/ou=branch,{BASE}")
        assert await find(to_slapd, corp, "mallory") is not None
        assert await find(to_slapd, replace(corp, base=f"ou=branch,{BASE}"), "mallory") is None

    assert reached == 0


async def test_K09_a_certificate_that_does_not_prove_the_name_ends_it(slapd: Slapd, corp: Directory) -> None:
    stranger = Slapd(names=["another.example"])
    try:
        stranger.start()
        trusting = Outbound(allow=[HOST], ca_file=stranger.authority.file)
        for other in (
            replace(corp, url=stranger.url),
            replace(corp, url=stranger.plain_url, start_tls=True),
            corp,  # the right name, by an authority that does not count
        ):
            with pytest.raises(DirectoryFailed, match="does not prove its name"):
                await find(trusting, other, "alice")
        await trusting.close()
    finally:
        stranger.close()


async def test_L01_a_directory_that_is_not_on_the_internet_needs_to_be_allowed(slapd: Slapd, corp: Directory) -> None:
    for outside in (
        Outbound(ca_file=slapd.authority.file),
        Outbound(allow=["elsewhere"], resolver=Names(["10.1.2.3"])),
    ):
        with pytest.raises(DirectoryFailed, match="HIBANA_OUTBOUND_ALLOW"):
            await find(outside, corp, "alice")
        await outside.close()


async def test_what_the_service_account_cannot_do_is_said(to_slapd: Outbound, corp: Directory) -> None:
    with pytest.raises(DirectoryFailed, match="service account"):
        await find(to_slapd, replace(corp, bind_password=Secret("wrong")), "alice")


async def test_objectGUID_is_the_UUID_that_Active_Directory_shows(
    to_slapd: Outbound, slapd: Slapd, corp: Directory
) -> None:
    number = uuid.UUID("3f2504e0-4f89-11d3-9a0c-0305e82c3301")
    slapd.add("active", objectGUID=number.bytes_le)
    entry = await find(to_slapd, replace(corp, subject="objectGUID"), "active")
    assert entry is not None
    assert entry.subject == str(number)
    with pytest.raises(DirectoryFailed, match="has no mail"):
        await find(to_slapd, replace(corp, subject="mail"), "active")


async def test_a_wait_for_the_directory_costs_no_processor_time(
    to_slapd: Outbound, corp: Directory, slapd: Slapd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directories, "OPERATION_SECONDS", 1.0)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(silent, tls=slapd.authority.server(HOST)) as port:
        before = time.process_time()
        with pytest.raises(DirectoryFailed, match="in time"):
            await find(to_slapd, replace(corp, url=f"ldaps://{HOST}:{port}"), "alice")
        assert time.process_time() - before < 0.5


def test_a_missing_library_is_said_with_the_extra_that_brings_it() -> None:
    without = (
        "import sys; sys.modules['bonsai'] = None; from hibana_op.foundation import directory; directory.require()"
    )
    done = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True, check=False)
    assert done.stderr.strip().endswith(
        "DirectoryFailed: directories need a library that is not installed here: pip install 'hibana[ldap]'"
    )


async def test_S04_what_is_longer_than_any_name_or_password_never_reaches_the_directory(
    to_slapd: Outbound, corp: Directory, slapd: Slapd
) -> None:
    entry = await find(to_slapd, corp, (dn := slapd.add("shorty")).partition(",")[0].partition("=")[2])
    assert entry is not None
    assert entry.dn == dn
    nowhere = replace(corp, url="ldaps://nobody.example")  # asking it would fail
    assert await find(to_slapd, nowhere, "s" * 321) is None
    assert not await lets_in(to_slapd, nowhere, entry, "p" * 1025)
    with pytest.raises(DirectoryFailed):
        await find(to_slapd, nowhere, "s" * 320)
