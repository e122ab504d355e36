"""The initials and the hue of a person without a picture."""

import pytest

from hibana_op.web.avatar import hue, initials


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Alice Yamada", "AY"),
        ("alice van der yamada", "AY"),
        ("alice", "A"),
        ("山田 花子", "山"),
        ("山田花子", "山"),
        ("か\u3099くと", "が"),
        ("Ünal Öz", "Ü"),
        ("<script>", "S"),
        ("123", "1"),
        ("", "?"),
        ("   ", "?"),
        ("—!", "?"),
        ("\u202e\u200b", "?"),
    ],
)
def test_initials_stand_for_a_name(name: str, expected: str) -> None:
    assert initials(name) == expected


def test_a_text_keeps_its_hue() -> None:
    assert hue("alice@example.com") == hue("alice@example.com")
    assert {hue(str(number)) for number in range(200)} == set(range(8))
    assert hue("\ud800") in range(8)
