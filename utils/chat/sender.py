"""Events of one growing answer to browsers: to the asker at once or in batches of 20 ms, and to other
people who look at the chat as whole states, thinned (realtime.md section 5, chat.md section 5)."""

import threading
import time
from typing import Any

from utils.chat.output import STATE, STREAM, Event
from utils.chat.turn import Target, Turn
from utils.realtime import emit

_BATCH_SECONDS = 0.02
_SHARED_EVERY = 0.15
_VIEWERS_EVERY = 2.0

_COPIED = {
    "chat:active",
    "status",
    "source",
    "citation",
    "files",
    "embeds",
    "chat:message:error",
    "chat:tasks:cancel",
    "chat:message:follow_ups",
}
"""What other people in the chat's room get as it is; completions they get as states."""

_STATE_KEYS = ("done", "error", "usage", "finish_reason", "content", "selected_model_id", "sources", "output")


def for_viewers(kind: str, data: Any) -> Any:
    """What other people who look at the chat get of an event's data; None where they do not get it."""
    if kind == STATE and isinstance(data, dict):
        return {key: data[key] for key in _STATE_KEYS if key in data}
    return data if kind in _COPIED else None


class Sender:
    """Emits for one assistant message. `items` is the output's list, for the copies as states;
    `least_deltas` so many pieces of text go out together at least (`stream_delta_chunk_size`)."""

    def __init__(self, turn: Turn, target: Target, items: list[dict[str, Any]], least_deltas: int = 1) -> None:
        self._user_id = turn.user.id
        self._chat_id = turn.chat_id or ""
        self._session_id = turn.session_id
        self._message_id = target.message_id
        self._shares = turn.is_stored
        self._extra: dict[str, Any] = {"internal": True} if turn.is_internal else {}
        self.items = items
        self._least = max(least_deltas, 1)
        self._lock = threading.RLock()
        self._held: list[Event] = []
        self._held_deltas = 0
        self._sent_at = 0.0
        self._shared_at = 0.0
        self._viewers_at = 0.0
        self._has_viewers = False

    def stream(self, events: list[Event]) -> None:
        """What a provider's read made. Text that follows text within 20 ms goes out together."""
        if not events:
            return
        with self._lock:
            self._hold(events)
            is_text = all(kind == STREAM and "delta" in data for kind, data in self._held)
            if is_text and self._held_deltas < self._least:
                return
            if is_text and time.monotonic() - self._sent_at < _BATCH_SECONDS:
                _later(self)
            else:
                self.flush()

    def _hold(self, events: list[Event]) -> None:
        self._held_deltas += len(events)
        for kind, data in events:
            last = self._held[-1][1] if self._held and self._held[-1][0] == STREAM else None
            if (
                kind == STREAM
                and last is not None
                and isinstance(data.get("delta"), str)
                and isinstance(last.get("delta"), str)
                and last.get("type") == data.get("type")
                and last.get("item_id") == data.get("item_id")
                and last.get("content_index") == data.get("content_index")
            ):
                self._held[-1] = (STREAM, {**last, "delta": last["delta"] + data["delta"]})
            else:
                self._held.append((kind, data))

    def flush(self) -> None:
        """Sends what is held."""
        with self._lock:
            held, self._held = self._held, []
            self._held_deltas = 0
            if not held:
                return
            self._sent_at = time.monotonic()
            for kind, data in held:
                emit.chat_event(self._user_id, self._chat_id, self._message_id, kind, data, **self._extra)
                if kind in _COPIED:
                    self._share(kind, data)
            self._share_state({})

    def send(self, kind: str, data: Any = None) -> None:
        """One event now, after everything that is held."""
        with self._lock:
            self.flush()
            emit.chat_event(self._user_id, self._chat_id, self._message_id, kind, data, **self._extra)
            if kind == STATE and isinstance(data, dict):
                self._share_state(for_viewers(kind, data))
            elif kind in _COPIED:
                self._share(kind, data)

    def _share_state(self, values: dict[str, Any]) -> None:
        """The whole output so far for the chat's room; while text flows once in 0.15 s."""
        moment = time.monotonic()
        if not values and moment - self._shared_at < _SHARED_EVERY:
            return
        self._shared_at = moment
        if self._viewed():
            self._share(STATE, values or {"output": self.items})

    def _share(self, kind: str, data: Any) -> None:
        if self._viewed():
            emit.chat_shared(
                self._chat_id,
                kind,
                data,
                message_id=self._message_id,
                user_id=self._user_id,
                skip_sid=self._session_id,
            )

    def _viewed(self) -> bool:
        """Whether anybody but the asking page looks at the chat; asked anew every two seconds."""
        if not self._shares:
            return False
        moment = time.monotonic()
        if moment - self._viewers_at >= _VIEWERS_EVERY:
            self._viewers_at = moment
            self._has_viewers = emit.is_viewed(self._chat_id, besides=self._session_id)
        return self._has_viewers


# -- one clock for all answers of the process

_waiting: set[Sender] = set()
_clock_lock = threading.Lock()
_clock_runs: list[bool] = []


def _later(sender: Sender) -> None:
    """Has the clock flush this sender with its next tick."""
    with _clock_lock:
        _waiting.add(sender)
        if _clock_runs:
            return
        _clock_runs.append(True)
    threading.Thread(target=_tick, name="answer-batches", daemon=True).start()


def _tick() -> None:
    """Runs while anything waits, and a little longer."""
    idle = 0
    while True:
        time.sleep(_BATCH_SECONDS)
        with _clock_lock:
            due = list(_waiting)
            _waiting.clear()
            idle = 0 if due else idle + 1
            if idle > 50:
                _clock_runs.clear()
                return
        for sender in due:
            sender.flush()
