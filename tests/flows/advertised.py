"""The discovery document in a test's hands: what it says, and an app that registers and signs in by what it says."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
from joserfc.jwk import KeySet

from hibana_op.records import clients, factors, sessions
from hibana_op.records.clients import Client
from hibana_op.records.factors import Factor
from hibana_op.records.users import User
from tests.app_keys import AppKey
from tests.deployment import Browser, Deployment, Page, deploy
from tests.flows.journeys import Landing, arrive, landed, redeem, tokens_of
from tests.foundation.certificates import Authority
from tests.make import CALLBACK, make_user

# Everything that can be told of a person.
PERSON: dict[str, Any] = {
    "email_verified": True,
    "name": "Taro Yamada",
    "given_name": "Taro",
    "family_name": "Yamada",
    "middle_name": "J",
    "nickname": "taro",
    "preferred_username": "taro",
    "profile": "https://people.example/taro",
    "picture": "https://people.example/taro.png",
    "website": "https://taro.example/",
    "gender": "male",
    "birthdate": "1990-01-02",
    "zoneinfo": "Asia/Tokyo",
    "locale": "ja",
    "phone_number": "+81312345678",
    "phone_number_verified": True,
    "address": {"formatted": "Tokyo", "country": "JP"},
    "localized": {"name#ja-Hani-JP": "山田太郎", "name#ja-Kana-JP": "ヤマダタロウ", "name#en": "Taro Yamada"},
}


@dataclass(slots=True)
class Advertised:
    """A deployment where everybody may register, its metadata, and a person in a browser."""

    deployment: Deployment
    document: dict[str, Any]
    browser: Browser
    user: User

    async def post(self, name: str, **options: Any) -> httpx2.Response:
        """POST to the endpoint of this name."""
        async with self.deployment.http() as http:
            return await http.post(self.document[name], **options)

    async def ask_to_register(self, **metadata: Any) -> httpx2.Response:
        """Describe an app; by default a public one."""
        members = {"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none", **metadata}
        return await self.post("registration_endpoint", json=members)

    async def register(self, **metadata: Any) -> tuple[Client, dict[str, Any]]:
        """Register an app: as the provider knows it, and as it was answered."""
        response = await self.ask_to_register(**metadata)
        assert response.status_code == 201, (metadata, response.text)
        told: dict[str, Any] = response.json()
        return await clients.get(self.deployment.op.db, told["client_id"]), told

    async def arrive(self, client: Client, **parameters: Any) -> Landing:
        """Sign in and allow everything; what arrives at the app."""
        return await arrive(self.browser, client, self.user, **parameters)

    async def tokens(self, client: Client, **parameters: Any) -> dict[str, Any]:
        """The tokens of a code that the person allowed."""
        code = (await self.arrive(client, **parameters)).fields["code"]
        return await tokens_of(await redeem(self.deployment, client, code))

    async def answered(self, client: Client, **parameters: Any) -> Landing:
        """What comes back when nobody answers the pages: an error, or the first page as an answer without fields."""
        response = await self.browser.authorize(client, **parameters)
        if response.status_code == 200 and Page.read(response).action.endswith("/callback"):
            return landed(response)
        return landed(response) if response.is_redirect else Landing("page", {})

    async def prove(self, factor: Factor) -> None:
        """Let the person's session stand on a factor too, as if they had signed in with it a moment ago."""
        op = self.deployment.op
        now = op.now()
        proven = replace(factor, proven_at=now)
        for session in await sessions.live_of_user(op.db, self.user.id, now=now):
            await op.db.transact(lambda tx, id=session.id: factors.keep(tx, id, [proven], lifetime=3600))  # type: ignore[misc]

    async def keys(self) -> KeySet:
        """The published keys."""
        async with self.deployment.http() as http:
            return KeySet.import_key_set((await http.get(self.document["jwks_uri"])).json())


@asynccontextmanager
async def advertised(folder: Path, authority: Authority, **settings: str) -> AsyncIterator[Advertised]:
    """A deployment that anybody may register at and that may fetch from an app on this machine."""
    environ = {
        "HIBANA_REGISTRATION": "open",
        "HIBANA_OUTBOUND_ALLOW": "localhost",
        "HIBANA_OUTBOUND_CA_FILE": str(authority.file),
        **settings,
    }
    async with deploy(f"sqlite:///{folder / 'advertised.db'}", folder, **environ) as deployed:
        async with deployed.http() as http:
            document = (await http.get("/.well-known/openid-configuration")).json()
        yield Advertised(deployed, document, deployed.browser(), await make_user(deployed.op, **PERSON))


def app_key(algorithm: str) -> AppKey:
    """A key of an app that signs with an algorithm."""
    return AppKey(algorithm, kid=f"app-{algorithm}")
