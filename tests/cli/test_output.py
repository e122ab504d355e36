"""Tables for people, JSON for scripts."""

import json

import pytest

from hibana_op.cli import output

ROWS = [
    {"name": "山田太郎", "is_admin": True, "roles": ["owner", "member"], "note": None, "more": {"a": 1}},
    {"name": "Al\x1b[31m", "is_admin": False, "roles": [], "note": "x", "more": {}},
]


def test_columns_are_aligned_by_what_the_eye_sees(capsys: pytest.CaptureFixture[str]) -> None:
    output.show(ROWS, ("name", "is_admin", "roles", "note"), as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "NAME        IS ADMIN  ROLES         NOTE",
        "山田太郎    yes       owner member  -",
        "Al\\x1b[31m  no        -             x",
    ]


def test_json_has_every_member(capsys: pytest.CaptureFixture[str]) -> None:
    output.show(ROWS, ("name",), as_json=True)
    assert json.loads(capsys.readouterr().out) == ROWS


def test_an_empty_list_says_so_to_people_and_is_an_empty_list_to_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    output.show([], ("name",), as_json=False, empty="No clients yet.")
    output.show([], ("name",), as_json=True)
    assert capsys.readouterr().out == "No clients yet.\n[]\n"


def test_values_with_spaces_of_their_own_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_one({"response_types": ["code id_token", "id_token token"], "scopes": ["a"]}, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "response_types  code id_token, id_token token",
        "scopes          a",
    ]


def test_one_record_is_a_line_for_each_member(capsys: pytest.CaptureFixture[str]) -> None:
    output.show_one(ROWS[0], as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "name      山田太郎",
        "is_admin  yes",
        "roles     owner member",
        "note      -",
        'more      {"a": 1}',
    ]
    output.show_one(ROWS[0], as_json=True)
    assert json.loads(capsys.readouterr().out) == ROWS[0]


def test_people_read_moments_and_scripts_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"kid": "k", "active_from": 60, "retires_at": None}]
    output.show(rows, ("kid", "active_from", "retires_at"), as_json=False)
    assert capsys.readouterr().out.splitlines()[1].split() == ["k", "1970-01-01", "00:01:00Z", "-"]
    output.show_one({"created_at": 60}, as_json=False)
    assert capsys.readouterr().out == "created_at  1970-01-01 00:01:00Z\n"
    output.show(rows, ("kid",), as_json=True)
    assert json.loads(capsys.readouterr().out) == rows
