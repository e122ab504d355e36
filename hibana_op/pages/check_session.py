"""The provider's frame of OpenID Connect Session Management 1.0 §3.2: any page may embed it; it knows one cookie."""

import base64
import hashlib
from functools import cache

from hibana_op.foundation.shipped import folder
from hibana_op.oauth.call import Reply
from hibana_op.web.cookies import cookie_name
from hibana_op.web.site import Site
from hibana_op.web.visit import STATE

MAX_AGE = 3600

_PAGE = """<!doctype html>
<html lang="en" data-cookie="{cookie}">
<head><meta charset="utf-8"><title>Session</title></head>
<body><script>{script}</script></body>
</html>
"""


def frame(site: Site) -> Reply:
    """The page: a script and nothing else, the same for everybody, so that browsers may keep it."""
    body, policy = _made(cookie_name(STATE, secure=site.op.settings.is_https))
    headers = {"Cache-Control": f"public, max-age={MAX_AGE}", "Content-Security-Policy": policy}
    return Reply(body=body, headers=headers, content_type="text/html; charset=utf-8")


@cache
def _made(cookie: str) -> tuple[bytes, str]:
    script = (folder("templates") / "check_session.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors *"
    return _PAGE.format(cookie=cookie, script=script).encode(), policy
