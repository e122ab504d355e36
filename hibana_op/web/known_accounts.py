"""Who has signed in in a browser, as a cookie keeps it: sealed, and only for the browser that it was written for."""

from collections.abc import Iterable

from hibana_op.foundation.vault import Unsealable, Vault

COOKIE = "accounts"
MOST = 5
LIFETIME = 180 * 86400


def read(vault: Vault, cookie: str, browser_hash: str) -> tuple[str, ...]:
    """The ids of people, the last one first; none from a cookie that is not ours or another browser's."""
    try:
        return tuple(vault.open(cookie, _place(browser_hash)).decode().split(".")) if cookie else ()
    except Unsealable:
        return ()


def write(vault: Vault, user_ids: Iterable[str], browser_hash: str) -> str:
    """The cookie that says who they are; empty for nobody."""
    told = ".".join(user_ids)
    return vault.seal(told.encode(), _place(browser_hash)) if told else ""


def _place(browser_hash: str) -> str:
    return f"cookies:{COOKIE}:{browser_hash}"
