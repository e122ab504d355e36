"""Whose account here an account elsewhere is: the rules, in every combination."""

from itertools import product
from typing import Any

import pytest

from hibana_op.login.federation.linking import Create, Link, Refuse, decide
from hibana_op.login.federation.shapes import Account
from hibana_op.records.users import User
from tests.make import a_user


def an_account(**changes: Any) -> Account:
    """Somebody whose address the provider has confirmed."""
    told: dict[str, Any] = {
        "issuer": "https://acme.example",
        "subject": "somebody",
        "email": "somebody@acme.example",
        "email_verified": True,
        "claims": {},
        **changes,
    }
    return Account(**told)


def known(**changes: Any) -> User:
    """Somebody here with the same address, which they have confirmed."""
    return a_user(email="somebody@acme.example", **{"email_verified": True, **changes})


def test_K05_an_address_links_only_where_the_provider_answers_for_it_and_both_sides_confirmed_it() -> None:
    linked = [
        (verified, here, active, answers)
        for verified, here, active, answers in product([True, False], repeat=4)
        if isinstance(
            decide(
                an_account(email_verified=verified),
                known(email_verified=here, status="active" if active else "suspended"),
                answers_for=answers,
                may_create=True,
                trusted=True,
            ),
            Link,
        )
    ]
    assert linked == [(True, True, True, True)]


@pytest.mark.parametrize("answers_for", [True, False])
def test_K05_an_account_that_an_attacker_made_with_somebodys_address_is_never_linked(answers_for: bool) -> None:
    decision = decide(an_account(), known(email_verified=False), answers_for=answers_for, may_create=True, trusted=True)
    assert decision == Refuse("federation_account_exists")


@pytest.mark.parametrize("may_create", [True, False])
@pytest.mark.parametrize("unconfirmed", [{"email_verified": False}, {"email": None}], ids=["unverified", "none"])
def test_an_unconfirmed_address_says_nothing_of_who_is_here(may_create: bool, unconfirmed: dict[str, Any]) -> None:
    decisions = {
        decide(an_account(**unconfirmed), whom, answers_for=True, may_create=may_create, trusted=True)
        for whom in (None, known())
    }
    assert decisions == {Refuse("federation_email_unconfirmed" if may_create else "federation_not_linked")}


@pytest.mark.parametrize(("answers_for", "trusted"), [(True, False), (False, True), (True, True)])
def test_K07_somebody_new_comes_in_where_an_administrator_lets_the_address_count(
    answers_for: bool, trusted: bool
) -> None:
    assert decide(an_account(), None, answers_for=answers_for, may_create=True, trusted=trusted) == Create()


def test_K05_nobody_gets_an_account_with_an_address_that_is_not_confirmed_here() -> None:
    decision = decide(an_account(), None, answers_for=False, may_create=True, trusted=False)
    assert decision == Refuse("federation_not_linked")


def test_nobody_new_comes_in_where_nobody_may() -> None:
    decision = decide(an_account(), None, answers_for=True, may_create=False, trusted=True)
    assert decision == Refuse("federation_not_linked")
