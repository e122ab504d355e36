"""What differs between two texts, found without looking long."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.foundation.differences import Piece, compare, nearest

URI = "https://app.example/callback"


@pytest.mark.parametrize(
    ("expected", "sent", "pieces"),
    [
        (URI, URI, [Piece(URI, URI)]),
        (URI, f"{URI}/", [Piece(URI, URI), Piece("", "/")]),
        ("http://a/", "https://a/", [Piece("http", "http"), Piece("", "s"), Piece("://a/", "://a/")]),
        ("callback", "callbcak", [Piece("callb", "callb"), Piece("ac", "ca"), Piece("k", "k")]),
        ("/Call/back", "/call/Back", [Piece("/", "/"), Piece("C", "c"), Piece("all/", "all/"), Piece("b", "B")]),
        ("", "x", [Piece("", "x")]),
        ("", "", []),
    ],
)
def test_two_texts_are_held_together(expected: str, sent: str, pieces: list[Piece]) -> None:
    assert compare(expected, sent)[: len(pieces)] == pieces


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_pieces_are_the_whole_of_both_texts(expected: str, sent: str) -> None:
    pieces = compare(expected, sent)
    assert "".join(piece.expected for piece in pieces) == expected
    assert "".join(piece.sent for piece in pieces) == sent
    assert all(piece.is_same for piece in pieces) == (expected == sent)


def test_the_likeliest_candidate_comes_first() -> None:
    candidates = ["https://other.example/", "https://app.example/cb", URI, f"{URI}/two"]
    assert nearest(f"{URI}/", candidates)[0] == URI
    assert nearest("https://app.example/cb2", candidates)[0] == "https://app.example/cb"
    assert nearest("https://app.example/callback/tow", candidates)[0] == f"{URI}/two"


def test_S06_long_texts_of_a_stranger_are_compared_quickly() -> None:
    began = time.perf_counter()
    pieces = compare("a" * 1000 + "b" * 1000, "ab" * 1000)
    assert time.perf_counter() - began < 0.2
    assert "".join(piece.sent for piece in pieces) == "ab" * 1000
