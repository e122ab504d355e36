"""Which language a visitor gets, and the links to the other one."""

import time

import pytest

from hibana_op.web.language import choose, in_language, switches

CHOICES = [
    # ui_locales, cookie, Accept-Language, answer
    (None, None, None, "ja"),
    ("", "", "", "ja"),
    ("en", None, None, "en"),
    ("en", "ja", "ja", "en"),
    ("ja-JP", "en", "en", "ja"),
    ("EN-us", None, None, "en"),
    ("fr-CA en ja", None, None, "en"),
    ("fr", None, None, "en"),
    ("fr", "ja", "en", "ja"),
    ("fr", None, "ja", "ja"),
    (None, "en", "ja", "en"),
    (None, "fr", "ja", "ja"),
    (None, "fr", None, "ja"),
    (None, "../ja", None, "ja"),
    (None, None, "ja,en;q=0.8", "ja"),
    (None, None, "en-GB,en;q=0.9,ja;q=0.8", "en"),
    (None, None, "en;q=0.5, ja;q=0.9", "ja"),
    (None, None, "en;q=0.5,ja;q=0.5", "en"),
    (None, None, "de,fr;q=0.9", "en"),
    (None, None, "de,*;q=0.5", "en"),
    (None, None, "*", "ja"),
    (None, None, "ja;q=0", "en"),
    (None, None, "ja;q=0,*", "en"),
    (None, None, "ja;q=0,de", "en"),
    (None, None, "ja ; Q = 0.2 , en ; q=0.1", "ja"),
    (None, None, "ja;q=2,en;q=0.1", "en"),
    (None, None, "ja;q=0.5555,en;q=0.1", "en"),
    (None, None, "ja;q=-1", "ja"),
    (None, None, ";;;,,,=", "ja"),
    (None, None, "%00,<script>", "ja"),
    (None, None, "zh-Hant-TW", "en"),
    (None, None, f"{'x' * 1100},en", "en"),
]


@pytest.mark.parametrize(("ui_locales", "cookie", "accept_language", "answer"), CHOICES)
def test_the_language_is_chosen(
    ui_locales: str | None, cookie: str | None, accept_language: str | None, answer: str
) -> None:
    assert choose(ui_locales=ui_locales, cookie=cookie, accept_language=accept_language) == answer


def test_only_the_first_kilobyte_is_read() -> None:
    assert choose(ui_locales=None, cookie=None, accept_language=" " * 1024 + "en") == "ja"
    assert choose(ui_locales=" " * 1024 + "en", cookie=None, accept_language=None) == "ja"


@pytest.mark.parametrize("hostile", ["," * 10**7, "a;" * 10**7, "q=" * 10**7, "ja;q=1." + "0" * 10**7])
def test_a_huge_header_costs_nothing(hostile: str) -> None:
    before = time.process_time()
    choose(ui_locales=hostile, cookie=hostile, accept_language=hostile)
    assert time.process_time() - before < 0.1


URLS = [
    ("/login", "/login?ui_locales=en"),
    ("/login?interaction=1", "/login?interaction=1&ui_locales=en"),
    ("/login?ui_locales=ja&a=%E3%81%82&b=", "/login?a=%E3%81%82&b=&ui_locales=en"),
    ("/login?ui%5Flocales=ja&ui_locales=fr+en&a=1", "/login?a=1&ui_locales=en"),
    ("/login?a=1#ui_locales=ja", "/login?a=1&ui_locales=en"),
    ("/login#x", "/login?ui_locales=en"),
    ("/login?", "/login?ui_locales=en"),
    ("/login?a=?b", "/login?a=?b&ui_locales=en"),
    ("/login?a=日本", "/login?a=%E6%97%A5%E6%9C%AC&ui_locales=en"),
    ("/login?a=\ud800", "/login?a=?&ui_locales=en"),
    ('/login?a="><script>', "/login?a=%22%3E%3Cscript%3E&ui_locales=en"),
    ("//evil.example/x", "/evil.example/x?ui_locales=en"),
    ("/\\evil.example", "/%5Cevil.example?ui_locales=en"),
    ("/\t/evil.example", "/%09/evil.example?ui_locales=en"),
    ("https://evil.example/", "/https://evil.example/?ui_locales=en"),
    ("javascript:alert(1)", "/javascript:alert(1)?ui_locales=en"),
    ("", "/?ui_locales=en"),
]


@pytest.mark.parametrize(("url", "expected"), URLS)
def test_the_same_page_in_another_language(url: str, expected: str) -> None:
    assert in_language(url, "en") == expected


def test_the_switch_names_each_language_in_itself() -> None:
    japanese, english = switches("/login?ui_locales=en", "en")
    assert (japanese.name, japanese.url, japanese.is_current) == ("日本語", "/login?ui_locales=ja", False)
    assert (english.name, english.url, english.is_current) == ("English", "/login?ui_locales=en", True)
