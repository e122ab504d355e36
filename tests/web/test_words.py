"""Both languages say everything, in the same terms, and nothing that no page says."""

import re
import string
from pathlib import Path

import pytest

import hibana_op
from hibana_op.foundation.shipped import folder
from hibana_op.web.words import LANGUAGES, catalogue, say
from tests.house.test_languages import reasons

# Keys that are put together from a name: of a scope, of a reason, of a command's purpose.
NAMED_AT_RUN_TIME = (
    "scope.",
    "refused.",
    "refused_title.",
    "refused_advice.",
    "account.agents.kind.",
    "account.check.",
    "account.done.",
    "account.event.",
    "account.method.",
    "account.problem.",
    "account.profile.",
    "account.section.",
    "console.ask.",
    "console.branding.",
    "console.branding_problem.",
    "console.code_state.",
    "console.count.",
    "console.done.",
    "console.invitation_state.",
    "console.license.",
    "console.member.",
    "console.plan.",
    "console.refused.",
    "console.room.",
    "console.state.",
    "dev.command.",
    "factors.add.",
    "factors.email.title",
    "factors.sms.title",
    "mfa.code.",
    "mfa.hint.",
    "mfa.name.",
    "mfa.sent.",
    "mfa.will_send.",
    "role.",
    "trace.rule.",
    "trace.mend.",
)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def names_under(prefix: str) -> set[str]:
    return {key.removeprefix(prefix) for key in catalogue("ja") if key.startswith(prefix)}


def test_both_languages_have_the_same_keys() -> None:
    assert set(catalogue("ja")) == set(catalogue("en"))


def test_each_key_has_the_same_placeholders_in_both_languages() -> None:
    for key, text in catalogue("ja").items():
        assert placeholders(text) == placeholders(catalogue("en")[key]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_plain_names(language: str) -> None:
    for key, text in catalogue(language).items():
        for name in placeholders(text):
            assert re.fullmatch(r"[a-z_]+", name), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_empty_or_padded(language: str) -> None:
    for key, text in catalogue(language).items():
        assert text, key
        assert text == text.strip(), key


def test_each_key_is_used_somewhere() -> None:
    sources = [*folder("templates").rglob("*.html"), *Path(hibana_op.__file__).parent.rglob("*.py")]
    text = "\n".join(source.read_text() for source in sources)
    used = set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)+)"', text))
    unused = {key for key in catalogue("ja") if not key.startswith(NAMED_AT_RUN_TIME)} - used
    assert unused == set()


def test_each_refusal_with_a_page_of_its_own_has_a_title_and_advice() -> None:
    pages = {reason for reason, _ in reasons({"PageRefused"})}
    assert pages <= names_under("refused_title.") <= names_under("refused.")
    assert names_under("refused_advice.") == names_under("refused_title.")


def test_each_standard_scope_is_explained() -> None:
    for scope in ("openid", "profile", "email", "address", "phone", "offline_access"):
        assert {f"{scope}.title", f"{scope}.detail"} <= names_under("scope.")


def test_values_are_filled_in_as_they_are() -> None:
    assert "15" in say("ja", "refused.too_many_attempts", minutes=15)
    assert say("en", "login.to_app", app="{0.__class__}") == "to continue to {0.__class__}"


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(KeyError):
        say("en", "login.nothing")


def test_a_missing_value_is_refused() -> None:
    with pytest.raises(KeyError):
        say("en", "login.to_app")


@pytest.mark.parametrize("language", ["fr", "", "../words/ja", "JA"])
def test_a_language_that_is_not_spoken_is_refused(language: str) -> None:
    with pytest.raises(KeyError):
        say(language, "login.title")


def test_japanese_types_no_space_around_latin_words() -> None:
    for key, text in catalogue("ja").items():
        spaced = re.search(r"[ぁ-んァ-ヶ一-龠] [A-Za-z{]|[A-Za-z}] [ぁ-んァ-ヶ一-龠]", text)
        assert spaced is None, key


def test_japanese_says_login_one_way() -> None:
    for key, text in catalogue("ja").items():
        assert "サインイン" not in text, key
        assert "サインアウト" not in text, key
