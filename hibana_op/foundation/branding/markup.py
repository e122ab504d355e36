"""An organisation's own words above and below its pages: a little HTML, which nh3 writes anew."""

import re
from html.parser import HTMLParser

import nh3

from hibana_op.foundation.errors import InvalidRecord

LARGEST = 4 * 1024
DEEPEST = 8
TAGS = frozenset({"a", "br", "em", "li", "ol", "p", "small", "span", "strong", "ul"})

_EVERYWHERE = frozenset({"lang", "dir"})
_ATTRIBUTES = {tag: set(_EVERYWHERE) for tag in TAGS} | {"a": {"href", *_EVERYWHERE}}
_ADDED = {"rel": "noopener noreferrer", "target": "_blank"}  # to each link; not asked for, but taken back as it is
_END = "<br>"  # appended: whatever is not closed swallows it

_NOWHERE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")
_DIRECTIONS = ("ltr", "rtl", "auto")
# An absolute address, with no name or password that would make another host look like a known one.
_ADDRESS = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?([/?#][!#$%&'()*+,\-./0-9:;=?@A-Za-z_~]*)?")

_Piece = tuple[str, tuple[tuple[str, str], ...]]  # what begins, ends or is said, and with which attributes


def sanitised(html: str) -> str:
    """The HTML as nh3 writes it; InvalidRecord names what is not allowed, and nothing is dropped in silence."""
    _require_short(html)
    if _NOWHERE.search(html):
        raise InvalidRecord("control characters cannot stand in the words")
    html = html.replace("\r\n", "\n").replace("\r", "\n")
    said = _read(html + _END)
    if said[-1:] != [("<br>", ())]:
        raise InvalidRecord("the end of the words stands inside of a tag that is not closed")
    cleaned = nh3.clean(
        html,
        tags=set(TAGS),
        attributes=_ATTRIBUTES,
        url_schemes={"https"},
        url_relative="deny",
        link_rel=_ADDED["rel"],
        set_tag_attribute_values={"a": {"target": _ADDED["target"]}},
    )
    _require_short(cleaned)
    if _read(cleaned) != said[:-1]:
        raise InvalidRecord("the tags cannot stand inside of each other like this; close each of them where it belongs")
    return cleaned


def _require_short(html: str) -> None:
    if len(html) > LARGEST or len(html.encode(errors="replace")) > LARGEST:
        raise InvalidRecord(f"the words may have {LARGEST // 1024} KiB")


def _read(html: str) -> list[_Piece]:
    reader = _Reader()
    try:
        reader.feed(html)
        reader.close()
    except AssertionError:  # how HTMLParser gives up on <![
        raise InvalidRecord("<![ …]> is not allowed") from None
    if reader.open:
        raise InvalidRecord(f"<{reader.open[-1]}> is not closed")
    return reader.pieces


class _Reader(HTMLParser):
    """Reads what is allowed, and refuses the first thing that is not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[_Piece] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise InvalidRecord(f"<{_short(tag)}> is not allowed; there are {', '.join(sorted(TAGS))}")
        kept = [(name, value or "") for name, value in attrs if tag != "a" or (name, value) not in _ADDED.items()]
        for name, value in kept:
            _require_attribute(tag, name, value)
        if len(dict(kept)) != len(kept):
            raise InvalidRecord(f"<{tag}> has an attribute twice")
        self.pieces.append((f"<{tag}>", tuple(sorted(kept))))
        if tag != "br":
            self.open.append(tag)
        if len(self.open) > DEEPEST:
            raise InvalidRecord(f"tags stand inside of each other {DEEPEST} deep at most")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br" and tag in TAGS:
            raise InvalidRecord(f"<{tag}/> does not close itself in HTML")
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            raise InvalidRecord(f"</{_short(tag)}> closes nothing that is open there")
        self.open.pop()
        self.pieces.append((f"</{tag}>", ()))

    def handle_data(self, data: str) -> None:
        if self.pieces and not self.pieces[-1][0].startswith("<"):
            data = self.pieces.pop()[0][1:] + data
        self.pieces.append((f"“{data}", ()))

    def handle_comment(self, data: str) -> None:
        raise InvalidRecord("comments are not allowed")

    def handle_decl(self, decl: str) -> None:
        raise InvalidRecord("<! …> is not allowed")

    def unknown_decl(self, data: str) -> None:
        raise InvalidRecord("<![ …]> is not allowed")

    def handle_pi(self, data: str) -> None:
        raise InvalidRecord("<? …> is not allowed")


def _require_attribute(tag: str, name: str, value: str) -> None:
    if name not in _ATTRIBUTES[tag]:
        raise InvalidRecord(
            f"{_short(name)} is not allowed in <{tag}>; there are {', '.join(sorted(_ATTRIBUTES[tag]))}"
        )
    if name == "href" and not _ADDRESS.fullmatch(value):
        raise InvalidRecord("a link leads to an absolute address in ASCII that begins with https://")
    if name == "lang" and not _LANGUAGE.fullmatch(value):
        raise InvalidRecord("lang takes a language such as ja or en-GB")
    if name == "dir" and value not in _DIRECTIONS:
        raise InvalidRecord(f"dir takes {', '.join(_DIRECTIONS)}")


def _short(name: str) -> str:
    return "".join(each for each in name if each.isprintable())[:20]
