"""Whatever comes as metadata is refused in words that can be sent, or can be kept and shown."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.foundation import strict_json
from hibana_op.foundation.errors import InvalidClientMetadata, InvalidRedirectUri
from hibana_op.oauth import metadata
from tests.make import a_client
from tests.oauth.metadata.test_members import CASES

awkward = st.text(
    st.characters() | st.sampled_from("\x00\x1b\n\ud800"), max_size=12
)  # surrogates and control characters included
seeds = (
    *("", "openid ", "https://a.example/", "https://[", "https://a.example/#", "data:image/png,", "com.a:/", "a@b"),
    *("code ", "https://[::1]:", "https://a.example:99999/", "none", "RS256", "private_key_jwt", "pairwise"),
)
words = st.tuples(st.sampled_from(seeds), awkward).map("".join)
known = st.sampled_from([case[1] for kind in CASES.values() for case in kind])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | known,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(awkward | st.just("keys"), inner, max_size=3),
    max_leaves=8,
)


def judge(values: dict[str, Any], *, by_administrator: bool) -> None:
    """Either a refusal that can be sent, or a client that both databases can keep and every answer can show."""
    told, client = "", a_client()
    try:
        taken = metadata.read_members(values, by_administrator=by_administrator)
        client = metadata.check_together(
            a_client(**{**metadata.absent(), **metadata.complete(taken, with_refresh=False)})
        )
    except (InvalidClientMetadata, InvalidRedirectUri) as refused:
        told = str(refused)
    assert told.isprintable()
    for to_administrator in (True, False):
        shown = json.dumps(
            metadata.information(client, to_administrator=to_administrator), ensure_ascii=False, allow_nan=False
        )
        shown.encode()
    kept = {name: value for name, value in metadata.information(client).items() if name != "jwks"}
    assert "\\u0000" not in json.dumps(kept), "PostgreSQL keeps no NUL in texts; keys rest as JSON"


@pytest.mark.parametrize("name", [*metadata.MEMBERS, *metadata.POLICY, *(f"{name}#ja" for name in metadata.LOCALIZED)])
@given(anything | st.lists(words, max_size=3) | words)
def test_L06_whatever_a_member_holds_is_refused_or_can_be_kept(name: str, value: Any) -> None:
    judge({name: value}, by_administrator=True)


members = st.sampled_from([*metadata.MEMBERS, "client_name#ja"])
cases = st.sampled_from([(case[0], case[1]) for case in CASES["taken"]])


@given(st.dictionaries(awkward | members, anything), st.lists(cases, max_size=12), st.booleans())
def test_L06_whatever_an_object_holds_is_refused_or_can_be_kept(
    values: dict[str, Any], sound: list[tuple[str, Any]], by_administrator: bool
) -> None:
    judge({**values, **dict(sound)}, by_administrator=by_administrator)


@given(st.lists(cases, max_size=12))
def test_what_was_told_can_be_registered_again(sound: list[tuple[str, Any]]) -> None:
    try:
        members = metadata.complete(metadata.read_members(dict(sound), by_administrator=False), with_refresh=False)
        client = metadata.check_together(a_client(**{**metadata.absent(), **members}))
    except (InvalidClientMetadata, InvalidRedirectUri):
        return
    told = metadata.information(client, to_administrator=False)
    sent = strict_json.read_object(json.dumps(told).encode())
    again = metadata.complete(metadata.read_members(sent, by_administrator=False), with_refresh=False)
    assert metadata.check_together(a_client(**{**metadata.absent(), **again, "client_id": client.client_id})) == client
