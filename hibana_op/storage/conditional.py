"""A database whose next change is made under a condition, which is looked at in the transaction of the change."""

from collections.abc import Awaitable, Callable
from typing import Any, NoReturn, TypeVar

from hibana_op.storage.database import Database, HeldRow, Row, Session

T = TypeVar("T")


class Conditional:
    """The same database, but the first transaction that changes something begins with a condition.

    The condition raises when it is not met, and then nothing is changed. What changes after that is a consequence.
    """

    def __init__(self, db: Database, condition: Callable[[Session], Awaitable[None]]) -> None:
        self.engine = db.engine
        self._db = db
        self._condition = condition
        self._is_met = False

    async def one(self, sql: str, **args: object) -> Row | None:
        """The first row, or None."""
        return await self._db.one(sql, **args)

    async def all(self, sql: str, **args: object) -> list[Row]:
        """Every row."""
        return await self._db.all(sql, **args)

    async def run(self, sql: str, **args: object) -> int:
        """Change something in a transaction of its own; how many rows were touched."""
        return await self.transact(lambda session: session.run(sql, **args))

    async def hold(self, row: HeldRow) -> dict[str, Any] | None:
        """Only a transaction can hold a row."""
        return await self._db.hold(row)

    async def transact(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Look at the condition and run the body, in one transaction."""
        if self._is_met:
            return await self._db.transact(body)

        async def both(session: Session) -> T:
            await self._condition(session)
            return await body(session)

        value = await self._db.transact(both)
        self._is_met = True
        return value

    async def glance(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run a body that reads a few rows by their keys."""
        return await self._db.glance(body)

    async def read(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run a body that only reads."""
        return await self._db.read(body)

    async def search(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run a body that only reads, its statements planned for the values that they are given."""
        return await self._db.search(body)

    async def alone(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """A migration knows no conditions."""
        return await self._db.alone(body)

    async def close(self) -> None:
        """It belongs to somebody else, who closes it."""


class Within:
    """An open transaction for those who read from a database: they see what it sees, and change nothing."""

    def __init__(self, session: Session, engine: str) -> None:
        self.engine = engine
        self._session = session

    async def one(self, sql: str, **args: object) -> Row | None:
        """The first row, or None."""
        return await self._session.one(sql, **args)

    async def all(self, sql: str, **args: object) -> list[Row]:
        """Every row."""
        return await self._session.all(sql, **args)

    async def run(self, sql: str, **args: object) -> int:
        """Nothing is changed here."""
        _refuse(sql)

    async def hold(self, row: HeldRow) -> dict[str, Any] | None:
        """Nothing is changed here."""
        _refuse(row.read)

    async def transact(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Nothing is changed here."""
        _refuse("a transaction")

    async def glance(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run a body that reads a few rows by their keys."""
        return await body(self._session)

    async def read(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run a body that only reads."""
        return await body(self._session)

    async def search(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Run a body that only reads, as the transaction plans it."""
        return await body(self._session)

    async def alone(self, body: Callable[[Session], Awaitable[T]]) -> T:
        """Nothing is changed here."""
        _refuse("a transaction")

    async def close(self) -> None:
        """The transaction ends by itself."""


def _refuse(what: str) -> NoReturn:
    raise RuntimeError(f"a condition only looks at what there is: {what}")
