"""People, with every standard claim of OpenID Connect Core §5.1."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from hibana_op.foundation.errors import Conflict, InvalidRecord, NotFound, Refusal
from hibana_op.records.ordering import Order, by, orders
from hibana_op.records.row import as_columns, as_record, as_record_or_none
from hibana_op.storage.database import ConstraintBroken, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person, a service or an agent that can hold an account."""

    id: str
    email: str
    email_verified: bool = False
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    middle_name: str | None = None
    nickname: str | None = None
    preferred_username: str | None = None
    profile: str | None = None
    picture: str | None = None
    website: str | None = None
    gender: str | None = None
    birthdate: str | None = None
    zoneinfo: str | None = None
    locale: str | None = None
    phone_number: str | None = None
    phone_number_verified: bool = False
    address: dict[str, str] | None = None
    localized: dict[str, Any] = field(default_factory=dict)
    custom_attributes: dict[str, Any] = field(default_factory=dict)
    status: str = "active"
    kind: str = "human"
    membership: str = "free"
    parent_user_id: str | None = None
    logins_count: int = 0
    last_ip: str | None = None
    last_login_at: int | None = None
    created_at: int
    updated_at: int

    @property
    def is_active(self) -> bool:
        """Whether this person may sign in and their tokens count."""
        return self.status == "active"

    def name_in(self, language: str) -> str | None:
        """The name as it is written in a language, where the person gave one (OpenID Connect Core §5.2)."""
        written = self.localized.get(f"name#{language}")
        return written if isinstance(written, str) and written else self.name


def login_key(identifier: str) -> str:
    """The form in which e-mail addresses and user names are compared."""
    return unicodedata.normalize("NFKC", identifier).strip().casefold()


def _columns(user: User) -> dict[str, Any]:
    name = user.preferred_username
    return as_columns(user) | {
        "email_key": login_key(user.email),
        # A name with an @ could be somebody's address, so it is never a way to sign in.
        "username_key": login_key(name) if name and "@" not in name else None,
    }


def _email_key(user: User) -> str:
    return login_key(user.email)


_BY_EMAIL = by("users.email_key", value=_email_key, is_unique=True)
ORDERS = orders("users.id", created_at=None, email=_BY_EMAIL)
ORDERS_OF_TENANT = orders("tenant_memberships.user_id", created_at=None, email=_BY_EMAIL)


async def find(db: Session, user_id: str) -> User | None:
    """The person with this id."""
    return as_record_or_none(User, await db.one("SELECT * FROM users WHERE id = :id", id=user_id))


async def get(db: Session, user_id: str) -> User:
    """The person with this id, or NotFound."""
    user = await find(db, user_id)
    if user is None:
        raise NotFound(f"no person has the id {user_id}")
    return user


async def several(db: Session, user_ids: Collection[str]) -> dict[str, User]:
    """People by their ids; whoever is gone is left out."""
    names = {f"id_{at}": user_id for at, user_id in enumerate(sorted(set(user_ids)))}
    if not names:
        return {}
    places = ", ".join(f":{name}" for name in names)
    rows = await db.all(f"SELECT * FROM users WHERE id IN ({places})", **names)  # noqa: S608 - names of the code
    return {row["id"]: as_record(User, row) for row in rows}


async def find_by_login(db: Session, identifier: str) -> User | None:
    """The person who signs in with this e-mail address or user name."""
    row = await db.one("SELECT * FROM users WHERE email_key = :key OR username_key = :key", key=login_key(identifier))
    return as_record_or_none(User, row)


async def has_any(db: Session) -> bool:
    """Whether there is anybody at all."""
    return await db.one("SELECT id FROM users LIMIT 1") is not None


async def insert(db: Session, user: User) -> None:
    """Add a person; Conflict when the address or the user name is taken."""
    try:
        await db.run(
            """
            INSERT INTO users (
              id, email, email_key, email_verified, name, given_name, family_name, middle_name, nickname,
              preferred_username, username_key, profile, picture, website, gender, birthdate, zoneinfo, locale,
              phone_number, phone_number_verified, address_json, localized_json, custom_attributes_json,
              status, kind, membership, parent_user_id, logins_count, last_ip, last_login_at,
              created_at, updated_at)
            VALUES (
              :id, :email, :email_key, :email_verified, :name, :given_name, :family_name, :middle_name, :nickname,
              :preferred_username, :username_key, :profile, :picture, :website, :gender, :birthdate, :zoneinfo,
              :locale, :phone_number, :phone_number_verified, :address_json, :localized_json,
              :custom_attributes_json, :status, :kind, :membership, :parent_user_id, :logins_count, :last_ip,
              :last_login_at, :created_at, :updated_at)""",
            **_columns(user),
        )
    except ConstraintBroken as broken:
        raise _refused(broken) from broken


async def update(db: Session, user: User) -> None:
    """Write the whole record of a person; Conflict when the address or the user name is taken."""
    try:
        touched = await db.run(
            """
            UPDATE users SET
              email = :email, email_key = :email_key, email_verified = :email_verified, name = :name,
              given_name = :given_name, family_name = :family_name, middle_name = :middle_name,
              nickname = :nickname, preferred_username = :preferred_username, username_key = :username_key,
              profile = :profile, picture = :picture, website = :website, gender = :gender,
              birthdate = :birthdate, zoneinfo = :zoneinfo, locale = :locale, phone_number = :phone_number,
              phone_number_verified = :phone_number_verified, address_json = :address_json,
              localized_json = :localized_json, custom_attributes_json = :custom_attributes_json,
              status = :status, kind = :kind, membership = :membership, parent_user_id = :parent_user_id,
              updated_at = :updated_at
            WHERE id = :id""",
            **_without(_columns(user), "logins_count", "last_ip", "last_login_at", "created_at"),
        )
    except ConstraintBroken as broken:
        raise _refused(broken) from broken
    if not touched:
        raise NotFound(f"no person has the id {user.id}")


async def confirm_email(db: Session, user_id: str, *, email: str, was: str, now: int) -> bool:
    """A mailbox is an active person's: confirm their address, or change it; False when it is not `was` any more.

    Conflict when another person has the address.
    """
    try:
        touched = await db.run(
            """
            UPDATE users SET email = :email, email_key = :email_key, email_verified = TRUE, updated_at = :now
            WHERE id = :id AND email_key = :was AND status = 'active'""",
            id=user_id,
            email=email,
            email_key=login_key(email),
            was=login_key(was),
            now=now,
        )
    except ConstraintBroken as broken:
        raise _refused(broken) from broken
    return touched > 0


async def confirm_phone(db: Session, user_id: str, *, phone_number: str, now: int) -> None:
    """A telephone is a person's: keep its number, confirmed."""
    await db.run(
        """
        UPDATE users SET phone_number = :number, phone_number_verified = TRUE, updated_at = :now
        WHERE id = :id""",
        id=user_id,
        number=phone_number,
        now=now,
    )


def _refused(broken: ConstraintBroken) -> Refusal:
    if broken.kind == "unique":
        return Conflict("another person has this e-mail address or user name")
    return InvalidRecord(f"a person cannot have this value: {broken}")


def _without(columns: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in columns.items() if name not in names}


async def note_login(db: Session, user_id: str, *, ip_address: str | None, now: int) -> None:
    """Count a sign-in that succeeded."""
    await db.run(
        """
        UPDATE users SET logins_count = logins_count + 1, last_ip = :ip, last_login_at = :now
        WHERE id = :id""",
        id=user_id,
        ip=ip_address,
        now=now,
    )


async def delete(db: Session, user_id: str) -> bool:
    """Remove a person and everything that hangs on the row."""
    return await db.run("DELETE FROM users WHERE id = :id", id=user_id) > 0


async def detach_children(db: Session, parent_id: str, *, now: int) -> list[User]:
    """Let nobody be a child of a person any more; services and agents are suspended: those that were active."""
    suspended = await db.all(
        """
        UPDATE users SET status = 'suspended', parent_user_id = NULL, updated_at = :now
        WHERE parent_user_id = :parent_id AND kind <> 'human' AND status = 'active'
        RETURNING *""",
        parent_id=parent_id,
        now=now,
    )
    await db.run(
        "UPDATE users SET parent_user_id = NULL, updated_at = :now WHERE parent_user_id = :parent_id",
        parent_id=parent_id,
        now=now,
    )
    return [as_record(User, row) for row in suspended]


async def page(
    db: Session,
    *,
    search: str = "",
    status: str = "",
    order: Order = ORDERS["created_at"],
    after: str = "",
    limit: int = 100,
) -> list[User]:
    """People, from the one after `after`, by part of address or name."""
    beyond, end = order.beyond(after)
    rows = await db.all(
        f"""
        SELECT * FROM users
        WHERE {beyond} AND (:status = '' OR status = :status)
          AND (:search = '' OR email_key LIKE :pattern ESCAPE '\\' OR LOWER(name) LIKE :pattern ESCAPE '\\')
        ORDER BY {order.clause} LIMIT :limit""",  # noqa: S608 - the text stands in the code
        **end,
        search=search,
        status=status,
        pattern=f"%{_escaped(login_key(search))}%",
        limit=limit,
    )
    return [as_record(User, row) for row in rows]


async def page_of_tenant(
    db: Session,
    tenant_id: str,
    *,
    unit_path: str = "",
    search: str = "",
    order: Order = ORDERS_OF_TENANT["created_at"],
    after: str = "",
    limit: int = 100,
) -> list[User]:
    """The people who belong to a tenant, or to a unit of it and below."""
    beyond, end = order.beyond(after)
    rows = await db.all(
        f"""
        SELECT users.* FROM tenant_memberships
        JOIN users ON users.id = tenant_memberships.user_id
        LEFT JOIN organization_units ON organization_units.tenant_id = tenant_memberships.tenant_id
          AND organization_units.id = tenant_memberships.unit_id
        WHERE tenant_memberships.tenant_id = :tenant_id AND tenant_memberships.status <> 'left'
          AND {beyond}
          AND (:unit_path = '' OR organization_units.path LIKE :beneath)
          AND (:search = '' OR users.email_key LIKE :pattern ESCAPE '\\' OR LOWER(users.name) LIKE :pattern
               ESCAPE '\\')
        ORDER BY {order.clause} LIMIT :limit""",  # noqa: S608 - the text stands in the code
        tenant_id=tenant_id,
        unit_path=unit_path,
        beneath=f"{unit_path}%",
        search=search,
        pattern=f"%{_escaped(login_key(search))}%",
        **end,
        limit=limit,
    )
    return [as_record(User, row) for row in rows]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
