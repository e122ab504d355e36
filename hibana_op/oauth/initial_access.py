"""Who may register a client: holders of an initial access token, or everybody now and then (RFC 7591 §3, §5)."""

from hibana_op.foundation import addresses, secrets
from hibana_op.foundation.errors import InvalidRecord, InvalidToken, NotFound, TooManyRequests
from hibana_op.foundation.events import InitialAccessTokenCreated, InitialAccessTokenRevoked
from hibana_op.foundation.explanation import Explanation
from hibana_op.foundation.ids import uuid7
from hibana_op.foundation.origin import Origin
from hibana_op.foundation.printable import is_line
from hibana_op.oauth.call import Call
from hibana_op.oauth.userinfo import bearer
from hibana_op.provider import Provider
from hibana_op.records import initial_access_tokens, rate_counts
from hibana_op.records.initial_access_tokens import InitialAccessToken
from hibana_op.storage.database import Session

# Without a token: so many registrations from one address in so many seconds. A certification run needs hundreds.
MOST_FROM_AN_ADDRESS = 600
WINDOW = 1800
MOST_USES = 10_000
LIFETIME = 7 * 86400
LONGEST_LIFE = 366 * 86400
LONGEST_NOTE = 200
NO_TOKEN = "no initial access token: send it in the Authorization header, with the scheme Bearer"  # noqa: S105
WRONG_TOKEN = "the initial access token is unknown, used up, expired or revoked"  # noqa: S105 - a sentence
_MISSING = Explanation("initial_access_token_missing", ("Bearer …",), parameter="Authorization")


async def admit(op: Provider, call: Call) -> str | None:
    """The hash of the initial access token that this registration will use, None where none is needed.

    Whether the token still counts is decided when it is spent; this keeps strangers from causing any work.
    """
    if "authorization" not in call.headers:
        if op.settings.registration != "open":
            raise InvalidToken(NO_TOKEN, because=_MISSING)
        await _count(op, call.origin)
        return None
    token_hash = secrets.digest(bearer(call))
    if not await initial_access_tokens.is_live(op.db, token_hash, now=op.now()):
        raise _wrong_token()
    return token_hash


async def spend(tx: Session, token_hash: str, *, now: int) -> str:
    """Use a token for one registration, in the transaction of the registration; its id."""
    token_id = await initial_access_tokens.spend(tx, token_hash, now=now)
    if token_id is None:
        raise _wrong_token()
    return token_id


def _wrong_token() -> InvalidToken:
    return InvalidToken(WRONG_TOKEN, because=Explanation("initial_access_token_wrong", parameter="Authorization"))


async def _count(op: Provider, origin: Origin) -> None:
    subject = f"registration:{addresses.place(origin.ip) if origin.ip else 'unknown'}"
    counted = await op.db.transact(lambda tx: rate_counts.count(tx, subject, seconds=WINDOW, now=op.now()))
    if counted.times > MOST_FROM_AN_ADDRESS:
        raise TooManyRequests(
            f"more than {MOST_FROM_AN_ADDRESS} clients in {WINDOW // 60} minutes came from this address",
            retry_after=counted.seconds_left,
        )


async def create_token(
    op: Provider, *, max_uses: int, lifetime: int, note: str, origin: Origin
) -> tuple[InitialAccessToken, str]:
    """Make an initial access token; itself it is returned this once."""
    if not 1 <= max_uses <= MOST_USES:
        raise InvalidRecord(f"an initial access token is for 1 to {MOST_USES} clients")
    if not 1 <= lifetime <= LONGEST_LIFE:
        raise InvalidRecord(f"an initial access token lives at most {LONGEST_LIFE // 86400} days")
    if len(note) > LONGEST_NOTE or not is_line(note):
        raise InvalidRecord(f"a note has at most {LONGEST_NOTE} printable characters")
    now = op.now()
    text = secrets.token()
    made = InitialAccessToken(
        id=uuid7(),
        token_hash=secrets.digest(text),
        note=note,
        max_uses=max_uses,
        created_at=now,
        expires_at=now + lifetime,
    )

    async def write(tx: Session) -> None:
        await initial_access_tokens.insert(tx, made)
        event = InitialAccessTokenCreated(target_id=made.id, max_uses=max_uses, expires_at=made.expires_at)
        await op.emit(tx, event, origin)

    await op.db.transact(write)
    return made, text


def endpoint(op: Provider) -> str | None:
    """Where apps are registered, None where that is off."""
    return None if op.settings.registration == "off" else f"{op.issuer}/register"


async def revoke_token(op: Provider, token_id: str, origin: Origin) -> None:
    """Let no more clients be registered with a token; those that were stay."""

    async def write(tx: Session) -> None:
        if not await initial_access_tokens.revoke(tx, token_id, now=op.now()):
            raise NotFound(f"no initial access token that counts has the id {token_id}")
        await op.emit(tx, InitialAccessTokenRevoked(target_id=token_id), origin)

    await op.db.transact(write)
