"""An organisation's words around its pages carry links and emphasis, and never anything that runs or breaks out."""

from html.parser import HTMLParser

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hibana_op.foundation.branding.markup import LARGEST, TAGS, sanitised
from hibana_op.foundation.errors import InvalidRecord

LINK = '<a href="https://hanabi.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">'


class Balance(HTMLParser):
    """Which tags are open, by somebody else's reading."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def require_harmless(html: str) -> None:
    balance = Balance()
    balance.feed(html)
    balance.close()
    assert balance.open == []
    assert balance.seen <= TAGS
    assert balance.attributes <= {"href", "lang", "dir", "rel", "target"}
    kept = nh3.clean(html, tags=set(TAGS), attributes={"*": {"lang", "dir"}, "a": {"href", "target"}})
    assert kept == html


@pytest.mark.parametrize(
    ("html", "written"),
    [
        ("", ""),
        ("花火商店\r\n", "花火商店\n"),
        ("{{7*7}} ${7*7} {% raw %}", "{{7*7}} ${7*7} {% raw %}"),
        ("a < b & c > d &copy;", "a &lt; b &amp; c &gt; d ©"),
        ("&lt;script&gt;", "&lt;script&gt;"),
        ("one<br>two<br/>", "one<br>two<br>"),
        ("<P><STRONG>x</STRONG></P>", "<p><strong>x</strong></p>"),
        ("<ul><li>a</li><li lang=en dir=ltr>b</li></ul>", '<ul><li>a</li><li lang="en" dir="ltr">b</li></ul>'),
        ("<a href='https://hanabi.example/?a=1&b=2'>x</a>", f"{LINK}x</a>"),
        (f"<small>{LINK}x</a></small>", f"<small>{LINK}x</a></small>"),
    ],
)
def test_what_is_allowed_stays_and_links_open_beside(html: str, written: str) -> None:
    assert sanitised(html) == written
    assert sanitised(written) == written
    require_harmless(written)


NESTS = [
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "<title><a href='https://a.example/'></title><img src=x onerror=alert(1)></a>",
    "<textarea><p></textarea><script>alert(1)</script></p>",
    "<template><script>alert(1)</script></template>",
    "<svg><foreignObject><p><style><a title='</style><img src onerror=alert(1)>'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<p><svg><p><style><!--</style></p></svg></p>",
    "<select><template><style><!--</style><a rel='--></style></template></select><img src onerror=alert(1)>'>",
    "<xmp><p title='</xmp><img src onerror=alert(1)>'></xmp>",
    "<plaintext>x",
    "<noembed><p></noembed>",
]
ELEMENTS = [
    *(
        "<script>x</script>",
        "<style>x</style>",
        "<iframe></iframe>",
        "<iframe srcdoc=x></iframe>",
        "<svg onload=x></svg>",
    ),
    *("<form>x</form>", "<form action=//evil.example>x</form>", "<button>x</button>", "<select>x</select>", "<input>"),
    *("<object>x</object>", "<embed>", "<img src=x>", "<audio>x</audio>", "<video>x</video>", "<svg>x</svg>"),
    *("<meta http-equiv=refresh>", "<base href=//evil.example>", "<link rel=stylesheet>", "<math>x</math>"),
    *("<div>x</div>", "<h1>x</h1>", "<table>x</table>", "<pre>x</pre>", "<main>x</main>", "<dialog open>x</dialog>"),
    *("<html>", "<head>", "<body>x</body>", "<title>x</title>", "<custom-element>x</custom-element>", "<p:x>y</p:x>"),
]
ATTRIBUTES = [
    "onclick=alert(1)",
    "ONMOUSEOVER=alert(1)",
    "/onclick=alert(1)",
    "style=color:red",
    "class=card",
    "id=x",
    "srcdoc=x",
    "name=x",
    "target=_top",
    "rel=opener",
    "formaction=x",
    "xlink:href=https://a.example/",
    "download",
    "ping=https://a.example/",
    "title=x",
    "data-x=1",
    "lang='<b>'",
    "lang",
    "dir=up",
    "lang=ja lang=en",
    "href=https://a.example/ href=https://b.example/",
]
ADDRESSES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "&#106;avascript:alert(1)",
    "java&#9;script:alert(1)",
    "java\tscript:alert(1)",
    "&#1;javascript:alert(1)",
    "javascript&colon;alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "http://a.example/",
    "//a.example/",
    "/login",
    "login",
    "",
    "#x",
    "https:/a.example/",
    "https:a.example",
    "https://",
    "https:///a.example",
    "https://bank.example@evil.example/",
    "https://bank.example\\@evil.example/",
    "https://a.example/\n",
    " https://a.example/",
    "https://a.example/a b",
    "https://bänk.example/",
    "https://a.example:x/",
    "https://[::1]/",
    "mailto:a@b.example",
]
UNBALANCED = [
    "<p>",
    "</p>",
    "</div>",
    "</br>",
    "<p/>",
    "<p>a<p>b",
    "<p>a</p></p>",
    "<em><p>a</em></p>",
    "<p><ul><li>a</li></ul></p>",
    "<p><p>a</p></p>",
    "<li>a<li>b</li></li>",
    "<a href='https://a.example/'><a href='https://b.example/'>x</a></a>",
    "x <a",
    "x <a href='https://a.example/",
    "x <a href='https://a.example/'",
    "x </p",
    "x <!",
    "x <!-- y",
    "<!-- y -->",
    "<!-->",
    "<!doctype html>",
    "<?php x ?>",
    "<![CDATA[x]]>",
    "<![<![<![",
    "<span>" * 9 + "</span>" * 9,
    "<" * 2_000 + "p",
    "x\0",
    "<\0p>x</p>",
    "<p\x0b>x</p>",
    "\ud800",
]


@pytest.mark.parametrize("html", [*NESTS, *ELEMENTS])
def test_R02_an_element_that_is_not_allowed_is_refused_and_named(html: str) -> None:
    with pytest.raises(InvalidRecord, match=r"<.*is not allowed"):
        sanitised(html)


@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_R02_an_attribute_that_is_not_allowed_is_refused(attribute: str) -> None:
    with pytest.raises(InvalidRecord):
        sanitised(f"<a {attribute}>x</a>")


@pytest.mark.parametrize("address", ADDRESSES)
def test_R02_a_link_leads_to_an_absolute_https_address_alone(address: str) -> None:
    with pytest.raises(InvalidRecord):
        sanitised(f'<a href="{address}">x</a>')


@pytest.mark.parametrize("html", UNBALANCED, ids=range(len(UNBALANCED)))
def test_R02_what_is_not_closed_where_it_belongs_is_refused(html: str) -> None:
    with pytest.raises(InvalidRecord):
        sanitised(html)


def test_the_words_may_have_4_kib_before_and_after() -> None:
    assert sanitised("x" * LARGEST) == "x" * LARGEST
    for html in ("x" * (LARGEST + 1), "あ" * (LARGEST // 2), "&" * (LARGEST // 2), "x" * 1_000_000):
        with pytest.raises(InvalidRecord, match="4 KiB"):
            sanitised(html)


pieces = st.sampled_from(
    [
        *(NESTS + ELEMENTS + UNBALANCED[:-4]),
        *("</", "<", ">", "<p>", "</p>", "<em>", "</em>", "<br>", "<ul>", "</ul>", "<li>", "</li>"),
        *("<span lang=ja>", "</span>", "<a href='https://a.example/'>", "</a>", "<a ", "'", '"', "=", "/", "&"),
        *("&lt;", "&#60;", "&#x3c", "&amp;lt;", "-->", "]]>", "\n", "\t", "x", "火"),
    ]
)


@given(st.one_of(st.lists(pieces, max_size=8).map("".join), st.text(max_size=80)))
def test_R02_whatever_comes_is_refused_or_cannot_break_out(html: str) -> None:
    try:
        written = sanitised(html)
    except InvalidRecord:
        return
    require_harmless(written)
    assert sanitised(written) == written
