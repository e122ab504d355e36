"""Which variants of a claim are given: OpenID Connect Core §5.2, rows of RFC 4647."""

import pytest

from hibana_op.oauth.claims import id_token_claims, userinfo_claims
from hibana_op.oauth.claims.locales import chosen, fitting
from hibana_op.oauth.shapes import ClaimsRequest
from tests.oauth.claims.people import a_person

NAMES = {
    "name#ja-Hani-JP": "山田太郎",
    "name#ja-Kana-JP": "ヤマダタロウ",
    "name#en": "Taro Yamada",
    "family_name#ja": "山田",
    "family_name#ja-Kana-JP": "ヤマダ",
    "website#de-1996": "https://x.example/de",
}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ((), set(NAMES)),
        (("ja",), {"name#ja-Hani-JP", "name#ja-Kana-JP", "family_name#ja"}),
        (("JA-kana-jp",), {"name#ja-Kana-JP", "family_name#ja-Kana-JP"}),
        (("ja-JP",), {"name#ja-Hani-JP", "name#ja-Kana-JP", "family_name#ja-Kana-JP"}),
        (("ja-Hira-JP",), {"name#ja-Hani-JP", "name#ja-Kana-JP", "family_name#ja"}),
        (("ja-Hani-JP", "ja-Kana-JP"), set(NAMES) - {"name#en", "website#de-1996"}),
        (("en-GB", "ja-Hani"), {"name#en", "name#ja-Hani-JP", "family_name#ja"}),
        (("de",), {"website#de-1996"}),
        (("fr", "e", "jp"), set()),
    ],
)  # fmt: skip
def test_wanted_languages_choose_the_best_fitting_variants(wanted: tuple[str, ...], expected: set[str]) -> None:
    assert set(chosen(NAMES, wanted)) == expected


def test_a_tag_fits_what_says_the_same_or_more_and_never_less() -> None:
    tags = ["ja", "ja-Kana-JP", "ja-JP", "de-Latn-DE"]
    assert fitting(tags, "JA") == ["ja"]
    assert fitting(tags, "de-DE") == ["de-Latn-DE"]
    assert fitting(tags, "ja-Kana") == ["ja-Kana-JP"]
    assert fitting(tags, "ja-JP-x") == fitting(tags, "DE-de-latn") == fitting(tags, "") == []


def test_plain_claim_always_comes_with_the_wanted_variants() -> None:
    person = a_person(name="Taro", given_name=None, localized=NAMES)
    request = ClaimsRequest(id_token={"name": None}, locales=("ja-Kana-JP",))
    expected = {"name": "Taro", "name#ja-Kana-JP": "ヤマダタロウ"}

    at_userinfo = userinfo_claims(person, scopes=("profile",), request=request, mappings=())
    in_token = id_token_claims(person, scopes=("openid",), request=request, mappings=())

    assert {name: value for name, value in at_userinfo.items() if name.partition("#")[0] == "name"} == expected
    assert in_token == expected


def test_a_variant_that_is_asked_for_by_name_comes_whatever_languages_are_wanted() -> None:
    person = a_person(localized=NAMES)
    request = ClaimsRequest(id_token={"name#JA-hani": None, "website#ja": None, "name#ja": None}, locales=("en",))
    assert id_token_claims(person, scopes=("openid",), request=request, mappings=()) == {
        "name#ja-Hani-JP": "山田太郎",
        "name#ja-Kana-JP": "ヤマダタロウ",
    }
