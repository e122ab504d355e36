"""Classes of a sign-in: what takes them, and what a token shows of them."""

import itertools

import pytest

from hibana_op.foundation.acr import ACR_VALUES, HARDWARE, STRONG, TWO_FACTORS, is_reached, is_told, level_of

# What each thing that a person can do proves, and what it is called in `amr`.
DONE: dict[str, tuple[set[str], set[str]]] = {
    "password": ({"password"}, {"pwd"}),
    "app": ({"app"}, {"otp"}),
    "mailbox": ({"mailbox"}, {"otp"}),
    "provider": ({"provider"}, {"fed"}),
    "synced passkey": ({"passkey"}, {"swk"}),
    "synced passkey that recognised its person": ({"passkey", "person"}, {"swk", "user"}),
    "security key": ({"passkey", "hardware"}, {"hwk"}),
    "security key that recognised its person": ({"passkey", "person", "hardware"}, {"hwk", "user"}),
}


@pytest.mark.parametrize("wanted", ACR_VALUES)
@pytest.mark.parametrize(
    "done", [each for count in (1, 2) for each in itertools.combinations(DONE, count)], ids=" + ".join
)
def test_a_token_shows_a_class_exactly_where_it_was_reached(done: tuple[str, ...], wanted: str) -> None:
    things = set[str]().union(*(DONE[each][0] for each in done))
    amr = set[str]().union(*(DONE[each][1] for each in done))
    level = level_of(things)
    assert is_told(wanted, acr=level, amr=amr) == is_reached(wanted, things)


def test_a_class_that_an_app_asked_for_shows_itself_and_nothing_shows_one_that_is_not_ours() -> None:
    assert is_told("phr", acr=HARDWARE, amr=())
    assert is_told(TWO_FACTORS, acr=STRONG, amr=())
    assert not is_told(TWO_FACTORS, acr="", amr=())
    assert not is_told("gold", acr="gold", amr=("gold",))
