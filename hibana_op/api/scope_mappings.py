"""`/scope-mappings`: which claims a scope gives. An id stands for a scope and a claim, both of which it holds."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from hibana_op.api import paging
from hibana_op.api.operation import Asked, Operation, Page
from hibana_op.api.shapes import Given, Listing, Taken, changes, told_of
from hibana_op.foundation import base64url
from hibana_op.foundation.errors import NotFound
from hibana_op.oauth import mappings as acts
from hibana_op.provider import Provider
from hibana_op.records import scope_mappings
from hibana_op.records.scope_mappings import ScopeMapping

Table = Literal["users", "user_custom_fields"]
Transformation = Literal["none", "uppercase", "lowercase", "hash", "mask"]
ScopeWord = Annotated[str, Meta(min_length=1, max_length=255)]
Column = Annotated[str, Meta(min_length=1, max_length=255)]


class ScopeMappingShown(Given, frozen=True, kw_only=True):
    """One claim that a scope gives."""

    id: str
    scope: str
    claim_name: str
    source_table: Table
    source_column: str
    transformation: Transformation
    condition: dict[str, Any] | None
    created_at: datetime


class NewScopeMapping(Taken, frozen=True, kw_only=True):
    """A claim that a scope shall give. `condition` is a predicate about the person."""

    scope: ScopeWord
    claim_name: ScopeWord
    source_table: Table
    source_column: Column
    transformation: Transformation = "none"
    condition: dict[str, Any] | None = None


class ScopeMappingChanged(Taken, frozen=True, kw_only=True):
    """What changes of a mapping; a scope or claim of another name is another mapping."""

    source_table: Table | UnsetType = UNSET
    source_column: Column | UnsetType = UNSET
    transformation: Transformation | UnsetType = UNSET
    condition: dict[str, Any] | UnsetType | None = UNSET


class ScopeMappingsAsked(Listing, frozen=True, kw_only=True):
    """Which mappings."""

    scope: Annotated[str, Meta(max_length=255)] = ""
    claim_name: Annotated[str, Meta(max_length=255)] = ""


async def list_mappings(op: Provider, asked: Asked) -> Page:
    """The mappings, by scope and claim."""
    query: ScopeMappingsAsked = asked.query

    async def read(after: str, limit: int) -> list[ScopeMapping]:
        scope, _, claim = after.partition(" ")
        return await scope_mappings.page(
            op.db, scope=query.scope, claim_name=query.claim_name, after=(scope, claim), limit=limit
        )

    return await paging.page(op, query, read, of="scope-mappings", key=_key, told=_shown)


async def show(op: Provider, asked: Asked) -> ScopeMappingShown:
    """One mapping."""
    return _shown(await _find(op, asked))


async def create(op: Provider, asked: Asked) -> ScopeMappingShown:
    """Let a scope give a claim."""
    mapping = ScopeMapping(created_at=op.now(), **changes(asked.body))
    await acts.put_mapping(op, mapping, asked.origin, is_new=True)
    return _shown(mapping)


async def change(op: Provider, asked: Asked) -> ScopeMappingShown:
    """Change where a claim comes from."""
    changed = replace(await _find(op, asked), **changes(asked.body))
    await acts.put_mapping(op, changed, asked.origin)
    return _shown(changed)


async def remove(op: Provider, asked: Asked) -> None:
    """Let a scope no longer give a claim."""
    mapping = await _find(op, asked)
    await acts.delete_mapping(op, mapping.scope, mapping.claim_name, asked.origin)


async def _find(op: Provider, asked: Asked) -> ScopeMapping:
    try:
        scope, _, claim_name = base64url.decode(asked.id).decode().partition(" ")
    except ValueError:
        raise NotFound("no mapping has this id") from None
    if "\0" in scope + claim_name:
        raise NotFound("no mapping has this id")
    return await scope_mappings.get(op.db, scope, claim_name)


def _key(mapping: ScopeMapping) -> str:
    return f"{mapping.scope} {mapping.claim_name}"


def _shown(mapping: ScopeMapping) -> ScopeMappingShown:
    shown: ScopeMappingShown = told_of(mapping, ScopeMappingShown, id=base64url.encode(_key(mapping).encode()))
    return shown


OPERATIONS = (
    Operation(
        method="GET",
        path="/scope-mappings",
        permission="scope-mappings:read",
        summary="List which claims scopes give",
        handler=list_mappings,
        query=ScopeMappingsAsked,
        gives=ScopeMappingShown,
        is_list=True,
    ),
    Operation(
        method="POST",
        path="/scope-mappings",
        permission="scope-mappings:create",
        summary="Let a scope give a claim",
        handler=create,
        takes=NewScopeMapping,
        gives=ScopeMappingShown,
        status=201,
    ),
    Operation(
        method="GET",
        path="/scope-mappings/{id}",
        permission="scope-mappings:read",
        summary="Show a mapping",
        handler=show,
        gives=ScopeMappingShown,
    ),
    Operation(
        method="PATCH",
        path="/scope-mappings/{id}",
        permission="scope-mappings:update",
        summary="Change where a claim comes from",
        handler=change,
        takes=ScopeMappingChanged,
        gives=ScopeMappingShown,
    ),
    Operation(
        method="DELETE",
        path="/scope-mappings/{id}",
        permission="scope-mappings:delete",
        summary="Let a scope no longer give a claim",
        handler=remove,
        status=204,
    ),
)
