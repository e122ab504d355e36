"""The closed list of transformations."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.oauth.claims import transform


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("none", {"a": [1]}, {"a": [1]}),
        ("none", [1, True], [1, True]),
        ("uppercase", "straße", "STRASSE"),
        ("lowercase", "ÀB", "àb"),
        ("uppercase", ["a", "b"], ["A", "B"]),
        ("uppercase", ["a", None, ["b"]], ["A", None, ["B"]]),
        ("uppercase", True, "TRUE"),
        ("lowercase", False, "false"),
        ("uppercase", 7, "7"),
        ("hash", "abc", "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"),
        ("mask", "alice@example.com", "a***@example.com"),
        ("mask", "@example.com", "********.com"),
        ("mask", "a@b@example.com", "a***@example.com"),
        ("mask", "+81312345678", "********5678"),
        ("mask", "1234", "****"),
        ("mask", "12345", "*2345"),
        ("mask", "", ""),
        ("mask", ["secret", "x"], ["**cret", "*"]),
    ],
)
def test_each_transformation_does_what_it_says(name: str, value: Any, expected: Any) -> None:
    assert transform.apply(name, value) == expected


@pytest.mark.parametrize("name", ["uppercase", "lowercase", "hash", "mask"])
def test_an_object_is_only_given_as_it_is(name: str) -> None:
    for value in ({}, {"country": "JP"}, [{"a": 1}]):
        with pytest.raises(ValueError, match="object"):
            transform.apply(name, value)


json_values = st.recursive(
    st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@given(st.sampled_from(sorted(transform.TRANSFORMATIONS)), json_values)
def test_every_value_but_an_object_can_be_transformed(name: str, value: Any) -> None:
    assert isinstance(transform.apply(name, value), list) is isinstance(value, list)
