"""Callers of the API: people by an app, machines, and programs with keys, each with what they hold."""

from collections.abc import Mapping
from typing import Any

import httpx2

from hibana_op.api.operation import ROOT, SCOPE
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.jose import Signer
from hibana_op.foundation.origin import Origin
from hibana_op.oauth import access_token, signing_keys
from hibana_op.provider import Provider
from hibana_op.records import resources, roles, token_families
from hibana_op.records.resources import OWN_API
from hibana_op.records.token_families import TokenFamily
from hibana_op.records.users import User
from hibana_op.tenancy import actors, api_keys
from tests.deployment import Deployment
from tests.make import make_client, make_user

ORIGIN = Origin(None, None, "a-test")


async def person_token(op: Provider, user: User, *, tenant_id: str | None = None, **claims: Any) -> str:
    """An access token for the API, as the code flow of an app gives it; `claims` make it another kind."""
    client = await make_client(op, client_name="Console", scope=SCOPE)
    now = op.now()
    family = TokenFamily(
        id=uuid7(),
        user_id=user.id,
        client_id=client.client_id,
        session_id=None,
        scopes=(SCOPE,),
        resources=(op.issuer + ROOT,),
        claims={},
        auth_time=now,
        acr="1",
        amr=("pwd",),
        offline=False,
        created_at=now,
        expires_at=now + 3600,
    )
    await op.db.transact(lambda tx: token_families.insert(tx, family))
    held: dict[str, Any] = {
        "iss": op.issuer,
        "aud": op.issuer + ROOT,
        "sub": user.id,
        "client_id": client.client_id,
        "iat": now,
        "exp": now + 600,
        "jti": access_token.new_jti(family.id),
        "scope": SCOPE,
        **({"tenant_id": tenant_id} if tenant_id else {}),
        **claims,
    }
    typ = held.pop("typ", access_token.TYPE)
    key = await signing_keys.current(op, access_token.OWN_ALGORITHM)
    signer = Signer()
    try:
        return await signer.sign(key, held, typ=typ)
    finally:
        signer.close()


async def machine_token(deployment: Deployment, *, tenant_id: str | None = None) -> str:
    """An access token of a client that an administrator gave a grant for the API."""
    op = deployment.op
    client = await make_client(
        op, grant_types=("client_credentials",), redirect_uris=(), client_name="Nightly job", tenant_id=tenant_id
    )
    await op.db.transact(
        lambda tx: resources.grant(tx, client.client_id, OWN_API, scopes=frozenset({SCOPE}), now=op.now())
    )
    op.remembered.forget()
    answer = await deployment.token(client, grant_type="client_credentials", resource=op.issuer + ROOT)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


async def with_role(op: Provider, role: str, **changes: Any) -> User:
    """A person who holds a role of the whole deployment."""
    user = await make_user(op, password=None, **changes)
    await op.db.transact(lambda tx: roles.assign(tx, user.id, role, now=op.now()))
    return user


async def key_of(
    op: Provider, user: User, *scopes: str, tenant_id: str | None = None, expires_at: int | None = None, **more: Any
) -> str:
    """An API key of a person."""
    _, text = await api_keys.create(
        op,
        await actors.command(op),
        user_id=user.id,
        name="A key",
        scopes=scopes or ("*",),
        tenant_id=tenant_id,
        expires_at=expires_at,
        origin=ORIGIN,
        **more,
    )
    return text


def bearer(token: str | None) -> dict[str, str]:
    """The headers that carry a token."""
    return {"Authorization": f"Bearer {token}"} if token else {}


async def ask(
    deployment: Deployment,
    method: str,
    path: str,
    token: str | None,
    *,
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> httpx2.Response:
    """Call the API, below its root."""
    async with deployment.http() as http:
        sent = {**bearer(token), **(headers or {})}
        return await http.request(method, deployment.op.settings.issuer_path + ROOT + path, headers=sent, **options)
