"""What a browser is called by its User-Agent.

Only names from these lists are ever shown: whoever signs in chooses the User-Agent, and could write anything there.
"""

UNKNOWN = "–"
# The first that fits is meant, since browsers also carry the names of those they want to be taken for.
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def name_of(user_agent: str | None) -> str:
    """The browser and the system behind it, as far as they are known."""
    told = user_agent or ""
    found = [next((name for mark, name in names if mark in told), None) for names in (_BROWSERS, _SYSTEMS)]
    return " / ".join(filter(None, found)) or UNKNOWN
