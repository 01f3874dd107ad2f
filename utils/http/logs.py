"""Logs to stdout, as text or as one JSON object a line, with the request's id; no secrets.

`LOG_FORMAT=json` and `GLOBAL_LOG_LEVEL` as the real server has them (env.tsv).
"""

import contextvars
import logging
import re
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

from flask import g, has_request_context

from models import json_codec

_SECRET = re.compile(r"(eyJ[\w-]{6,}\.[\w-]+\.[\w-]+|\bsk-[\w-]{8,}|(?<=://)[^/\s:@]*:[^/\s@]+(?=@))")


def masked(text: str) -> str:
    """`text` with tokens, keys and passwords in addresses replaced."""
    return _SECRET.sub("***", text)


_carried: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="-")


def request_id() -> str:
    """The id of the request being answered, or of the one that asked for the work being done."""
    return g.get("request_id", "-") if has_request_context() else _carried.get()


def use_request_id(value: str) -> None:
    """Makes this thread's or greenlet's work part of that request, in logs and calls to providers."""
    _carried.set(value)


_Answer = TypeVar("_Answer")


def _take_request_id() -> Callable[[], object]:
    current = request_id()
    return lambda: use_request_id(current)


_carriers: list[Callable[[], Callable[[], object]]] = [_take_request_id]


def on_carry(take: Callable[[], Callable[[], object]]) -> None:
    """Registers what else is part of a request: `take` notes it and returns what restores it elsewhere."""
    _carriers.append(take)


def carried(fn: Callable[..., _Answer]) -> Callable[..., _Answer]:
    """`fn` for another thread or greenlet, where it is still part of this request: in logs, traces and
    calls to providers."""
    restore = [take() for take in _carriers]

    def run(*args: Any, **kwargs: Any) -> _Answer:
        for one in restore:
            one()
        return fn(*args, **kwargs)

    return run


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        record.request_id = request_id()
        return masked(super().format(record))


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "ts": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "request_id": request_id(),
            "msg": masked(record.getMessage()),
        }
        if record.exc_info:
            line["error"] = masked(self.formatException(record.exc_info))
        return json_codec.dumps(line)


def configure(level: str, form: str) -> None:
    """Sets up the root logger; calling it again replaces what it set up before."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        _Json() if form == "json" else _Text("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("urllib3", "peewee", "peewee.pool", "geventwebsocket", "engineio", "socketio", "werkzeug"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
