"""Calls to a page that wait for its answer (realtime.md section 7).

They go to one socket, which must be the user's own, in whatever process it is; the answer is what its
page acknowledges with. Whatever goes wrong is an error object, never an exception.
"""

import threading
import time
import uuid
from typing import Any, Protocol

from utils.realtime import emit, sessions

_LOOK_EVERY = 2.0
_DEFAULT_SECONDS = 120.0

Place = tuple[str, str]
"""The chat and the message that a call is about."""


class Waiting(Protocol):
    """Somebody who may be told to wait no longer."""

    stopped: bool

    def on_stop(self, waker: Any) -> None: ...


def ask(
    sid: str | None,
    user_id: str,
    kind: str,
    data: dict[str, Any],
    *,
    place: Place,
    seconds: float | None = _DEFAULT_SECONDS,
    waiting: Waiting | None = None,
) -> Any:
    """Calls the page behind socket `sid` with an `events` envelope and returns its answer.

    `{"error": text}` if the socket is not the user's, goes away, or does not answer in `seconds` (None:
    waits as long as the socket lives). Ends early when `waiting` is stopped.
    """
    if sid is None or sessions.owner_of(sid) != user_id:
        return {"error": "The page that asked is no longer connected."}
    answers: list[Any] = []
    done = threading.Event()

    def answered(*values: Any) -> None:
        answers.append(values[0] if values else None)
        done.set()

    if waiting is not None:
        waiting.on_stop(done.set)
    chat_id, message_id = place
    emit.call(sid, {"chat_id": chat_id, "message_id": message_id, "data": {"type": kind, "data": data}}, answered)
    deadline = None if seconds is None else time.monotonic() + seconds
    while not done.wait(_LOOK_EVERY if deadline is None else max(min(_LOOK_EVERY, deadline - time.monotonic()), 0)):
        if deadline is not None and time.monotonic() >= deadline:
            return {"error": "The page did not answer in time."}
        if sessions.owner_of(sid) != user_id:
            return {"error": "The page that asked was closed."}
    return answers[0] if answers else {"error": "The reply was stopped."}


def to_person(sid: str | None, user_id: str, kind: str, data: dict[str, Any], *, place: Place, **options: Any) -> Any:
    """A call that a person answers, not the page by itself; afterwards the question is closed everywhere."""
    interaction = {"interaction_id": str(uuid.uuid4())}
    answer = ask(sid, user_id, kind, {**data, **interaction}, place=place, **options)
    emit.chat_event(user_id, *place, "request:interaction:done", interaction)
    return answer
