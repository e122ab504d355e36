"""Text that tries to become markup or a script, and a way to put it everywhere."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

POLYGLOTS = [
    "<script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "</textarea></pre></code><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    '" onfocus=alert(1) autofocus tabindex=1 x="',
    "' onmouseover='alert(1)",
    "{{7*7}}{% raw %}${7*7}#{7*7}",
    "{0.__class__.__mro__}{brand}",
    "<!--<script>-->",
    "]]><![CDATA[<script>alert(1)</script>",
    "&lt;script&gt;&#60;script&#62;",
    "\u202e<b>gnp.exe\u2066",
    "\ud800<\udfff>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "a\r\nSet-Cookie: x=1\r\n\r\n<script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
    "`-alert(1)-`\\';alert(1)//",
]


def filled(value: Any, text: str) -> Any:
    """The same value with every string in it replaced."""
    if isinstance(value, str):
        return text
    if isinstance(value, Mapping):
        return {key: filled(each, text) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [filled(each, text) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        # A command's purpose is one of our own names, and how to mend something is in our own words.
        names = (each.name for each in fields(value) if each.name not in ("purpose", "mend"))
        return replace(value, **{name: filled(getattr(value, name), text) for name in names})
    return value
