"""What works of a directory and what does not, step by step, for the administrator who adds it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from hibana_op.foundation import directory
from hibana_op.foundation.directory import DirectoryFailed
from hibana_op.login.federation.shapes import Upstream
from hibana_op.login.federation.types.ldap import directory_of
from hibana_op.provider import Provider


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was tried; after one that did not work nothing more is."""

    name: str
    works: bool
    detail: str


async def steps(op: Provider, upstream: Upstream, *, username: str, password: str) -> AsyncIterator[Step]:
    """Go the way of a sign-in; without a password as far as it leads."""
    asked, name = directory_of(upstream), "connection"
    try:
        await directory.reach(op.outbound, asked)
        yield Step(name, True, asked.url)
        name = "service account"
        has_base = await directory.shows_base(op.outbound, asked)
        yield Step(name, True, asked.bind_dn)
        yield Step("base", has_base, asked.base if has_base else "there is no such entry, or it is not shown to it")
        if not has_base:
            return
        name = "person"
        entry = await directory.find(op.outbound, asked, username)
        if entry is None:
            tried = ", ".join(asked.user_attributes)
            yield Step(name, False, f"nobody of the class person has this name as {tried}")
            return
        yield Step(name, True, entry.dn)
        yield Step("subject", True, f"{asked.subject}: {entry.subject}")
        for ours, theirs in asked.attributes.items():
            yield Step(ours, True, f"{theirs}: {entry.values.get(ours, '')}")
        if password:
            name = "password"
            is_right = await directory.lets_in(op.outbound, asked, entry, password)
            yield Step(name, is_right, "it lets the person in" if is_right else "it does not let the person in")
    except DirectoryFailed as failed:
        yield Step(name, False, str(failed))
