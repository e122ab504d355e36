"""Two tenants seeded alike on one deployment, and who asks: everybody from a stranger to an administrator of it all."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

from hibana_op.provider import Provider
from hibana_op.records import credentials
from hibana_op.records.branding_files import HTML
from hibana_op.records.users import User
from hibana_op.web.cookies import cookie_name
from tests import branding
from tests.api.credentials import with_role
from tests.api.specimens import Side, join, seed_side
from tests.deployment import Browser, Deployment
from tests.make import PASSWORD, make_user
from tests.policies import choose

_CSRF = re.compile(r'(?:data-csrf|name="csrf" value)="([^"]+)"')


class Rank(Enum):
    """Who somebody is, seen from one of the tenants."""

    ANONYMOUS = "nobody who is signed in"
    USER = "a person of no tenant"
    MEMBER = "a member"
    OWNER = "an owner"
    OTHER_OWNER = "an owner of the other tenant"
    ADMINISTRATOR = "a super administrator"


@dataclass(slots=True)
class Scene:
    """Somebody in a browser of theirs, and the tenant that is asked about; nobody is signed in without a person."""

    deployment: Deployment
    side: Side
    user: User | None
    browser: Browser
    jar: dict[str, str] = field(default_factory=dict)

    @property
    def op(self) -> Provider:
        """The deployment's provider."""
        return self.deployment.op

    @property
    def person(self) -> User:
        """Whose things are made: the person who asks, else the tenant's owner."""
        return self.user or self.side.owner

    async def csrf(self) -> str:
        """The token of the forms of this browser."""
        found = _CSRF.search((await self.browser.http.get("/login")).text)
        assert found, "the sign-in page has a form"
        return found[1]

    def cookie(self, name: str) -> str:
        """What the browser keeps by one of our names."""
        return str(self.browser.http.cookies[cookie_name(name, secure=True)])

    def again(self) -> "Scene":
        """The same person in the same browser, as it was when they signed in."""
        browser = self.deployment.browser()
        browser.http.cookies.update(self.jar)
        return replace(self, browser=browser)

    def signed_out(self) -> "Scene":
        """The same tenant, asked about in a new browser by somebody who did not sign in."""
        return Scene(self.deployment, self.side, None, self.deployment.browser())


@dataclass(slots=True)
class House:
    """A deployment with the two tenants, and a browser for each rank, seen from the first tenant."""

    deployment: Deployment
    one: Side
    other: Side
    scenes: Mapping[Rank, Scene]
    file: Path = Path()  # of its SQLite database

    def at(self, deployment: Deployment) -> "House":
        """The same at another deployment, where the people have yet to sign in again."""
        scenes = {
            rank: replace(scene, deployment=deployment, browser=deployment.browser())
            for rank, scene in self.scenes.items()
        }
        return replace(self, deployment=deployment, scenes=scenes)

    @property
    def owner(self) -> Scene:
        """The first tenant's owner."""
        return self.scenes[Rank.OWNER].again()

    @property
    def theirs(self) -> Scene:
        """The other tenant's owner, about their own tenant."""
        return replace(self.scenes[Rank.OTHER_OWNER].again(), side=self.other)


async def furnish(deployment: Deployment) -> House:
    """Seed the tenants, and sign everybody in."""
    op = deployment.op
    one, other = await seed_side(op, "CANARYA"), await seed_side(op, "CANARYB")
    # Scopes and what they give are the deployment's own, and public.
    await op.db.run("DELETE FROM scope_mappings WHERE scope IN ('team-CANARYA', 'team-CANARYB')")
    for side in (one, other):
        await wear(op, side)
        await choose(op, side.tenant_id, sign_in={"methods": ["password", "passkey", "provider", "email"]})
    people = {
        Rank.USER: await make_user(op, password=None, name="Nobody's"),
        Rank.MEMBER: one.member,
        Rank.OWNER: one.owner,
        Rank.OTHER_OWNER: other.owner,
        Rank.ADMINISTRATOR: await with_role(op, "super_admin"),
    }
    scenes = {Rank.ANONYMOUS: Scene(deployment, one, None, deployment.browser())}
    for rank, user in people.items():
        scenes[rank] = await sign_in(deployment, one, user)
    return House(deployment, one, other, scenes)


async def wear(op: Provider, side: Side) -> None:
    """Give the pages of a tenant a name and a header that are nothing else's."""
    header = await branding.upload(op, side.tenant_id, f"<p>Header of {side.canary}</p>", HTML)
    chosen = {"name": f"Brand of {side.canary}", "header": header.id}
    await choose(op, side.tenant_id, branding=chosen)


async def sign_in(deployment: Deployment, side: Side, user: User) -> Scene:
    """Somebody who has just signed in with their password, in a new browser."""
    await give_password(deployment.op, user)
    browser = deployment.browser()
    await sign_in_at(browser, user)
    assert cookie_name("session", secure=True) in browser.http.cookies
    return Scene(deployment, side, user, browser, dict(browser.http.cookies))


async def sign_in_at(browser: Browser, user: User) -> None:
    """Sign somebody in with PASSWORD."""
    await browser.sign_in(await browser.get("/login?another=1"), user)


async def one_more(scene: Scene, role: str = "member") -> User:
    """Another person of the scene's tenant, with PASSWORD."""
    user = await join(scene.op, scene.side.tenant_id, role, scene.side.canary)
    await give_password(scene.op, user)
    return user


async def give_password(op: Provider, user: User) -> None:
    """Let somebody sign in with PASSWORD, at an address that is confirmed."""
    hashed = await op.passwords.hash(PASSWORD)

    async def write(tx: Any) -> None:
        await credentials.put_password_hash(tx, user.id, password_hash=hashed, now=op.now())
        await tx.run("UPDATE users SET email_verified = :yes WHERE id = :id", yes=True, id=user.id)

    await op.db.transact(write)
