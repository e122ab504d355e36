"""The generator's reading of answers: an answer is handed on only when all of it is there."""

import pytest

from bench import wire
from bench.browser import Browser
from bench.wire import Answer, Talk, WrongAnswerError

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def test_answer_is_none_until_its_last_byte_has_come() -> None:
    assert all(wire.parse(WHOLE[:end]) is None for end in range(len(WHOLE)))
    assert wire.parse(WHOLE) == Answer(200, WHOLE.split(b"\r\n\r\n")[0], b"hello")


def test_chunked_answer_is_put_together() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    data = head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert all(wire.parse(data[:end]) is None for end in range(len(data)))
    answer = wire.parse(data)
    assert answer is not None
    assert answer.body == b"abcde"


def test_unexpected_status_is_an_error_that_shows_the_answer() -> None:
    with pytest.raises(WrongAnswerError, match="invalid_grant"):
        wire.expect(Answer(400, b"HTTP/1.1 400", b'{"error":"invalid_grant"}'), 200)


def test_browser_fills_the_hosted_forms_and_stops_at_the_app() -> None:
    talk: Talk[str] = Browser("http://localhost:1", {"username": "a@b.example"}).authorize("/authorize?x=1")
    assert next(talk).startswith(b"GET /authorize?x=1 HTTP/1.1\r\n")
    to_login = b"HTTP/1.1 303 See Other\r\nset-cookie: flow=abc; Path=/\r\nlocation: /login"
    assert b"Cookie: flow=abc" in talk.send(Answer(303, to_login, b""))
    page = b"""<form method="post" action="/login"><input type="hidden" name="csrf" value="c&amp;d">
        <input name="username"><button id="continue">Continue</button></form>"""
    sent = talk.send(Answer(200, b"HTTP/1.1 200 OK", page))
    assert sent.startswith(b"POST /login HTTP/1.1\r\n")
    assert sent.endswith(b"\r\n\r\ncsrf=c%26d&username=a%40b.example")
    to_app = b"HTTP/1.1 303 See Other\r\nlocation: https://app.example/callback?code=1"
    with pytest.raises(StopIteration) as ended:
        talk.send(Answer(303, to_app, b""))
    assert ended.value.value == "https://app.example/callback?code=1"
