"""Where passkeys may be used besides the issuer's own origin."""

import pytest

from tests.config.asking import FIT, faults_of, loaded


def test_origins_are_a_list_written_as_browsers_write_them() -> None:
    given = "https://WWW.example.com, https://example.jp:443/,https://example.net:8443,https://www.example.com"

    settings = loaded({"HIBANA_RELATED_ORIGINS": given})

    assert settings.related_origins == (
        "https://www.example.com",
        "https://example.jp",
        "https://example.net:8443",
    )
    assert loaded().related_origins == ()


@pytest.mark.parametrize(
    "origin",
    [
        "http://www.example.com",
        "http://localhost:3000",
        "https://www.example.com/shop",
        "https://www.example.com?",
        "https://*.example.com",
        "https://user@www.example.com",
        "www.example.com",
        "null",
        "android:apk-key-hash:x",
    ],
)
def test_T11_what_is_no_safe_origin_is_refused(origin: str) -> None:
    faults = faults_of(FIT | {"HIBANA_RELATED_ORIGINS": f"https://good.example,{origin}"})

    assert len(faults) == 1
    assert faults[0].startswith("HIBANA_RELATED_ORIGINS lists ")
    assert origin in faults[0]


def test_http_on_this_machine_is_fine_where_the_issuer_is_there_too() -> None:
    local = {"HIBANA_RELATED_ORIGINS": "http://localhost:3000", "HIBANA_ISSUER": "http://localhost:8000"}

    assert loaded(local).related_origins == ("http://localhost:3000",)
    assert loaded({"HIBANA_RELATED_ORIGINS": "http://localhost:3000"}, mode="dev").related_origins


def test_there_are_no_more_than_twenty() -> None:
    many = [f"https://n{number}.example" for number in range(21)]

    assert len(loaded({"HIBANA_RELATED_ORIGINS": ",".join(many[:20])}).related_origins) == 20
    (fault,) = faults_of(FIT | {"HIBANA_RELATED_ORIGINS": ",".join(many)})
    assert fault == "HIBANA_RELATED_ORIGINS lists 21 origins; 20 are the most"
