"""What a browser without scripts sees of a page: its forms, frames, links and images."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

Attributes = dict[str, str]


@dataclass(slots=True)
class Form:
    """One form with its fields, and the buttons that send it."""

    action: str
    method: str
    fields: Attributes = field(default_factory=dict)
    buttons: list[Attributes] = field(default_factory=list)


class Document(HTMLParser):
    """A page, taken apart."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.frames: list[str] = []
        self.links: list[Attributes] = []
        self.images: list[str] = []
        self.refresh: str | None = None
        self.language = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what matters of a tag."""
        found: Attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(found.get("action", ""), found.get("method", "get").lower()))
        elif tag == "input" and self.forms and found.get("name") and found.get("type") not in ("checkbox", "radio"):
            self.forms[-1].fields[found["name"]] = found.get("value", "")
        elif tag == "button" and self.forms:
            self.forms[-1].buttons.append(found)
        elif tag == "iframe":
            self.frames.append(found["src"])
        elif tag == "a" and "href" in found:
            self.links.append(found)
        elif tag == "img":
            self.images.append(found.get("src", ""))
        elif tag == "html":
            self.language = found.get("lang", "")
        elif tag == "meta" and found.get("http-equiv", "").lower() == "refresh":
            self.refresh = found["content"].partition("url=")[2] or None

    def form_at(self, path: str) -> Form | None:
        """The form that is sent to a path."""
        return next((form for form in self.forms if form.action.partition("?")[0].endswith(path)), None)
