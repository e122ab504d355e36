"""The settings of Google: both or neither, and an issuer for trials."""

import pytest

from tests.config.asking import faults_of, loaded

ID, SECRET, ISSUER = (f"HIBANA_GOOGLE__{name}" for name in ("CLIENT_ID", "CLIENT_SECRET", "ISSUER"))


def test_google_is_there_with_both_settings() -> None:
    google = loaded({ID: "abc.apps.googleusercontent.com", SECRET: "the secret"}).google
    assert google is not None
    assert (google.client_id, google.client_secret.reveal()) == ("abc.apps.googleusercontent.com", "the secret")
    assert google.issuer == "https://accounts.google.com"
    assert "the secret" not in repr(google)
    elsewhere = loaded({ID: "abc", SECRET: "x", ISSUER: "http://localhost:9000/"}).google
    assert elsewhere is not None
    assert elsewhere.issuer == "http://localhost:9000"


def test_without_them_there_is_no_google() -> None:
    assert loaded({}).google is None
    assert loaded({ISSUER: "http://localhost:9000"}).google is None


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        ({ID: "abc"}, f"{ID} is given without {SECRET}"),
        ({SECRET: "x"}, f"{SECRET} is given without {ID}"),
        ({ID: "a b", SECRET: "x"}, f"{ID} is not a client ID"),
        ({ID: "abc", SECRET: "x", ISSUER: "http://accounts.example"}, f"{ISSUER} must begin with https://"),
    ],
)
def test_a_half_or_a_wrong_one_is_refused(environ: dict[str, str], fault: str) -> None:
    assert any(each.startswith(fault) for each in faults_of(environ))
