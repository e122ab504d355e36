"""What people are told of where a passkey is kept."""

import uuid

import pytest

from hibana_op.login.passkeys import providers


def test_every_known_make_is_an_aaguid_in_lower_case() -> None:
    for aaguid, name in providers.NAMES.items():
        assert str(uuid.UUID(aaguid)) == aaguid
        assert name.strip() == name


def test_a_make_that_is_not_known_has_no_name() -> None:
    assert providers.name_of("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4") == "Google Password Manager"
    assert providers.name_of("00000000-0000-0000-0000-000000000000") is None


@pytest.mark.parametrize(
    ("transports", "is_key"),
    [(("usb", "nfc"), True), (("ble",), True), (("internal",), False), (("usb", "hybrid"), False), ((), False)],
)
def test_a_security_key_is_what_is_plugged_in_or_held_near(transports: tuple[str, ...], is_key: bool) -> None:
    assert providers.is_security_key(transports) is is_key
