"""XML that is not looked at: what could mean two things, load something or be too much."""

import time

import pytest

from hibana_op.login.federation.saml import response
from hibana_op.login.federation.shapes import UpstreamFailed
from tests.login.federation.saml.reading import acme, expected, refused
from tests.saml_provider import SUBJECT


@pytest.mark.parametrize("place", ["NameID", "the end"])
def test_K08_comments_are_refused(place: str) -> None:
    """In a NameID, what follows a comment is lost to many readers, and the signature still holds."""
    victim = "victim@acme.example.evil.example"
    raw = acme(name_id=victim).response()
    commented = (
        raw.replace(victim.encode(), b"victim@acme.example<!-- -->.evil.example")
        if place == "NameID"
        else raw + b"<!-- -->"
    )
    refused(commented, "a comment")


BOMB = b"".join(
    [
        b'<!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">',
        *(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)),
        b"]>",
    ]
)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"<!DOCTYPE x>" + acme().response(), "a declaration"),
        (BOMB + acme(name_id="&amp;a9;").response().replace(b"&amp;a9;", b"&a9;"), "a declaration"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + acme().response(), "a declaration"),
        (acme().response().replace(SUBJECT.encode(), b"<![CDATA[" + SUBJECT.encode() + b"]]>"), "raw text"),
        (b"<?xml-stylesheet href='x'?>" + acme().response(), "a processing instruction"),
        (acme().response().decode().encode("utf-16"), "not UTF-8"),
        (b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE', "not well-formed"),
        (acme().response().replace(SUBJECT.encode(), b"&undefined;"), "not well-formed"),
        (b"", "not well-formed"),
        (acme().response()[:-3], "not well-formed"),
        (acme().response() * 2, "not well-formed"),
        (b"<a>" * 60 + b"</a>" * 60, "too deeply"),
        (b"<a>" * 400 + b"</a>" * 400, "not well-formed"),
        (b"<a>" + b"<b/>" * 9000 + b"</a>", "too many elements"),
        (b"<a>" + b" " * 200_000 + b"</a>", "larger than 192 KiB"),
        (b'<a ID="x"><b Id="x"/></a>', "an ID stands twice"),
    ],
    ids=[
        *("DTD", "entity bomb", "external DTD", "CDATA", "instruction", "UTF-16", "UTF-7", "unknown entity", "nothing"),
        *("cut off", "two documents", "deep", "very deep", "wide", "huge", "two IDs"),
    ],
)
def test_K08_a_document_that_could_mean_two_things_or_too_much_is_refused_at_once(raw: bytes, reason: str) -> None:
    began = time.perf_counter()
    refused(raw, reason)
    assert time.perf_counter() - began < 2


def test_K08_what_is_not_base64_is_refused() -> None:
    for text in ("", "?", "<samlp:Response/>", "é", "abc"):
        with pytest.raises(UpstreamFailed):
            response.read(text, expected())
