"""What the process says: text or JSON lines with a request id, and no secret in them."""

import json
import logging
import logging.config
import re
import time
from contextvars import ContextVar
from typing import Any, Literal

from hibana_op.foundation.printable import printable

request_id: ContextVar[str] = ContextVar("request_id", default="-")

_access = logging.getLogger("hibana.access")

# A second line of defence: nothing here should ever reach the log, and what looks like it is struck out.
_NAMES = (
    r"(?:[a-z0-9_]*(?:token|secret|password|assertion|verifier)|code|user_code|device_code|otp|csrf|state|nonce"
    r"|logout_hint|id_token_hint|request|master_key|api_key|ticket|session)"
)
_SECRETS = re.compile(
    r"(?P<header>\b(?:proxy-authorization|authorization|set-cookie|cookie|dpop)['\"]?\s*[:=,]\s*)[^\n]+"
    r"|(?P<scheme>\b(?:bearer|basic|dpop)\s+)[\w.~+/=-]{8,}"
    rf"|(?P<parameter>(?:(?<![\w.])|(?<=%3F)|(?<=%26)|(?<=%23)){_NAMES}['\"]?(?:=|:\s*(?=['\"])|%3D))(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s&'\",;)}}]+)"
    r"|(?P<userinfo>://[^\s/:@]*:)[^\s/@]+(?=@)"
    r"|(?P<token>)\b(?:eyJ[\w-]{10,}(?:\.[\w-]*)*|hib_[\w-]{8,})",
    re.IGNORECASE,
)
_HINT = re.compile("[=:%]|eyj|hib_|bearer |basic |dpop |cookie|authorization", re.IGNORECASE)


def redacted(text: str) -> str:
    """The text without anything that looks like a credential."""
    if _HINT.search(text) is None:
        return text
    return _SECRETS.sub(lambda found: f"{next(filter(None, found.groups()), '')}***", text)


def configuration(form: Literal["text", "json"], level: str) -> dict[str, Any]:
    """A `logging.config` dictionary: one handler on standard error for us and for the HTTP server."""
    ours = {"level": level.upper()}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "hibana_op.foundation.log.Lines", "form": form}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines", "stream": "ext://sys.stderr"}},
        "loggers": {"hibana": ours, "hibana_op": ours, "uvicorn": ours},
        # Other libraries may log statements and addresses at their lower levels: never below a warning.
        "root": {"level": "WARNING", "handlers": ["stderr"]},
    }


def configure(form: Literal["text", "json"], level: str) -> None:
    """Send everything that is logged to standard error in this form."""
    # No line names threads or processes, so no record needs to find them out.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.config.dictConfig(configuration(form, level))


def access(method: str, path: str, status: int, milliseconds: float, ip: str | None) -> None:
    """The line for one answered request; `path` never has a query."""
    if _access.isEnabledFor(logging.INFO):
        fields = {"method": method, "path": path, "status": status, "ms": round(milliseconds, 1), "ip": ip}
        # Built by hand: looking up the calling function for every request would cost more than the line.
        extra = {"fields": fields}
        record = _access.makeRecord(_access.name, logging.INFO, "", 0, "request", (), None, None, extra)
        _access.handle(record)


class Lines(logging.Formatter):
    """One record, one line; the lines of a traceback are set off so that none can pose as a record."""

    def __init__(self, form: Literal["text", "json"] = "text") -> None:
        super().__init__()
        self._is_json = form == "json"
        self._second = (0, "")

    def format(self, record: logging.LogRecord) -> str:
        """The record as text or as a JSON object, with the request id and any `fields` given as `extra`."""
        fields: dict[str, object] = getattr(record, "fields", {})
        message = redacted(record.getMessage())
        trace = self.formatException(record.exc_info) if record.exc_info else None
        if self._is_json:
            return self._as_json(record, message, fields, trace)
        told = "".join([f" {name}={_told(value)}" for name, value in fields.items()])
        head = f"{self._time(record)} {record.levelname:<7} {record.name} [{request_id.get()}] "
        line = head + printable(message + told)
        return line if trace is None else "\n".join([line, *_set_off(trace)])

    def _as_json(self, record: logging.LogRecord, message: str, fields: dict[str, object], trace: str | None) -> str:
        line: dict[str, object] = {
            "time": self._time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request_id": request_id.get(),
            "message": printable(message),
        }
        line |= {
            name: printable(redacted(value)) if isinstance(value, str) else value for name, value in fields.items()
        }
        if trace is not None:
            line["exception"] = "\n".join(_set_off(trace))
        return json.dumps(line, ensure_ascii=False, default=str)

    def _time(self, record: logging.LogRecord) -> str:
        second = int(record.created)
        if second != self._second[0]:
            self._second = (second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second)))
        return f"{self._second[1]}.{int(record.msecs):03d}Z"


def _told(value: object) -> str:
    return str(value) if isinstance(value, int | float) else redacted(str(value))


def _set_off(trace: str) -> list[str]:
    return [f"  | {printable(redacted(line))}" for line in trace.splitlines()]
