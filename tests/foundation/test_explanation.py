"""The rules that refuse requests, and where each can be read."""

import pytest

from hibana_op.foundation.errors import InvalidRequest, PageRefused
from hibana_op.foundation.explanation import RULES, Explanation, link, size


@pytest.mark.parametrize(
    ("spec", "url"),
    [
        ("RFC 7636 §4.6", "https://www.rfc-editor.org/rfc/rfc7636.html#section-4.6"),
        ("RFC 6749 §B", "https://www.rfc-editor.org/rfc/rfc6749.html#appendix-B"),
        (
            "OpenID Connect Core §3.1.2.1",
            "https://openid.net/specs/openid-connect-core-1_0.html#rfc.section.3.1.2.1",
        ),
        ("RP-Initiated Logout §3", "https://openid.net/specs/openid-connect-rpinitiated-1_0.html#rfc.section.3"),
    ],
)
def test_a_section_can_be_read_where_its_publisher_keeps_it(spec: str, url: str) -> None:
    assert link(spec) == url


@pytest.mark.parametrize("rule", [rule for rule in RULES.values() if rule.spec], ids=lambda rule: rule.name)
def test_every_section_of_a_rule_leads_somewhere(rule: object) -> None:
    assert link(rule.spec).startswith(("https://www.rfc-editor.org/rfc/rfc", "https://openid.net/specs/"))  # type: ignore[attr-defined]


def test_a_refusal_carries_its_explanation_and_does_not_say_it() -> None:
    because = Explanation("nonce_missing", ("expected-value",), "sent-value", "nonce")
    for refusal in (
        InvalidRequest("nonce is missing", because=because),
        PageRefused("request_invalid", because=because),
    ):
        assert refusal.because is because
        assert "-value" not in str(refusal)
    assert InvalidRequest("something else").because is None


def test_of_a_credential_only_the_length_is_said() -> None:
    assert size("hush") == "4 characters"
