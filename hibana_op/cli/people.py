"""How commands name a person: by id, e-mail address or user name."""

from hibana_op.foundation.errors import NotFound
from hibana_op.records import users
from hibana_op.records.users import User
from hibana_op.storage.database import Session


async def find_person(db: Session, named: str) -> User:
    """The person that a command means, or NotFound."""
    user = await users.find(db, named) or await users.find_by_login(db, named)
    if user is None:
        raise NotFound(f"nobody is known as {named}")
    return user
