"""The one parser of XML from elsewhere: no DTD, no entities, no comments, bounded in size, depth and number."""

from collections.abc import Iterator
from typing import TypeAlias

from lxml import etree

from hibana_op.login.federation.saml import names

MOST_BYTES = 192 * 1024  # what base64 makes of it fits the bound of the form
MOST_DEPTH = 32
MOST_ELEMENTS = 4000

Element: TypeAlias = etree._Element


class BadDocument(Exception):
    """XML that is not looked at; the reason holds nothing of it."""


def parser() -> etree.XMLParser:
    """A parser that loads, resolves and fetches nothing."""
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
    )


def parse(raw: bytes, *, most_bytes: int = MOST_BYTES) -> Element:
    """The root of a document."""
    if len(raw) > most_bytes:
        raise BadDocument(f"it is larger than {most_bytes // 1024} KiB")
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise BadDocument("it is not UTF-8") from None
    # Comments split values, declarations define entities, and sections of raw text hide both from a search. In
    # well-formed XML these characters begin nothing else, so that none of it reaches the parser.
    if "<!" in text:
        raise BadDocument("it holds a comment, a declaration or a section of raw text")
    if "<?" in text.removeprefix("<?xml "):
        raise BadDocument("it holds a processing instruction")
    try:
        root = etree.fromstring(text.encode(), parser=parser())
    except (etree.XMLSyntaxError, ValueError):
        raise BadDocument("it is not well-formed XML") from None
    _check_bounds(root)
    _check_ids(root)
    return root


def _check_bounds(root: Element) -> None:
    depth = 0
    for count, (event, _) in enumerate(etree.iterwalk(root, events=("start", "end"))):
        depth += 1 if event == "start" else -1
        if depth > MOST_DEPTH or count > 2 * MOST_ELEMENTS:
            raise BadDocument("it is nested too deeply, or has too many elements")


def _check_ids(root: Element) -> None:
    """An ID names one element, or a signature could mean another than the one it is read from."""
    seen: set[str] = set()
    for element in root.iter():
        for name, value in element.attrib.items():
            if etree.QName(name).localname.lower() == "id":
                if value in seen:
                    raise BadDocument("an ID stands twice")
                seen.add(value)


def tag(namespace: str, name: str) -> str:
    """The full name of an element."""
    return f"{{{namespace}}}{name}"


def children(element: Element, name: str, *, namespace: str = names.ASSERTION) -> list[Element]:
    """The elements of a name right below another."""
    return list(element.iterchildren(tag(namespace, name)))


def only(element: Element, name: str, *, namespace: str = names.ASSERTION) -> Element:
    """The one element of a name right below another."""
    found = children(element, name, namespace=namespace)
    if len(found) != 1:
        raise BadDocument(f"{etree.QName(element).localname} has {len(found)} {name} in place of one")
    return found[0]


def text_of(element: Element) -> str:
    """What stands in an element that holds text and nothing else."""
    if len(element):
        raise BadDocument(f"{etree.QName(element).localname} holds more than text")
    return element.text or ""


def texts(elements: list[Element]) -> Iterator[str]:
    """What stands in each of the elements that hold text and nothing else; of the others nothing is known."""
    return (each.text or "" for each in elements if not len(each))
