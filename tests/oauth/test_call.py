"""Reading parameters: RFC 6749 §3.1 and Appendix B, rows A03 and S03."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.foundation.errors import InvalidRequest
from hibana_op.oauth.call import MOST_PARAMETERS, Form, legal, parse


def test_values_are_decoded_once() -> None:
    form = parse(b"a=1+2&b=%2B%26&c=%E6%97%A5&d=%2541&e=a%3Bb;c")

    assert form.values == {"a": ("1 2",), "b": ("+&",), "c": ("日",), "d": ("%41",), "e": ("a;b;c",)}


def test_an_empty_value_counts_as_absent_but_is_still_one() -> None:
    form = parse("a=&b&c=1")

    assert (form.maybe("a"), form.maybe("b"), form.maybe("c"), form.maybe("d")) == (None, None, "1", None)
    with pytest.raises(InvalidRequest, match="a is missing"):
        form.one("a")
    with pytest.raises(InvalidRequest, match="more than once"):
        parse("a=&a=1")


def test_only_resource_may_come_several_times() -> None:
    assert parse("resource=a&resource=b&resource=").every("resource") == ("a", "b")
    assert Form().every("resource") == ()
    with pytest.raises(InvalidRequest, match=r"^scope is given more than once$"):
        parse("scope=a&scope=a")


def test_other_parameters_are_left_out() -> None:
    assert parse("a=1&b=2").only({"b", "c"}).values == {"b": ("2",)}
    assert not parse("")
    assert parse("a=1")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a=%", "hexadecimal"),
        ("a=%g0", "hexadecimal"),
        ("%=1", "hexadecimal"),
        ("a=%ff", "UTF-8"),
        ("%ff=1", "UTF-8"),
        ("a=%00", "NUL"),
        ("a%00=1", "NUL"),
        ("=1", "no name"),
        ("&".join(f"p{n}=1" for n in range(MOST_PARAMETERS + 1)), "more than 100 parameters"),
        ("client_id=" + "x" * 256, "^client_id is longer than 255"),
        ("unknown=" + "x" * 4097, "^unknown is longer than 4096"),
        ("%0d%0aevil=" + "x" * 4097, "^a parameter is longer"),
        ("x" * 65 + "=1&" + "x" * 65 + "=2", "^a parameter is given more than once"),
    ],
)
def test_what_is_wrong_is_named_without_echoing_it(text: str, reason: str) -> None:
    with pytest.raises(InvalidRequest, match=reason):
        parse(text)


def test_bytes_beyond_ascii_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="UTF-8"):
        parse(b"a=\xe6\x97\xa5")


@given(st.binary(max_size=300))
def test_S03_nothing_but_a_refusal_comes_of_any_bytes(encoded: bytes) -> None:
    try:
        form = parse(encoded)
    except InvalidRequest:
        return
    assert all(name for name in form.values)


@given(st.text())
def test_descriptions_keep_to_the_characters_of_the_protocol(text: str) -> None:
    assert all(" " <= each <= "~" and each not in '"\\' for each in legal(text))


def test_description_stays_readable() -> None:
    assert legal('OpenID Connect Core §3: "x" … é\n') == "OpenID Connect Core section 3: 'x' ... ??"
