"""Answers that are growing now: what has come so far, safe from a killed process.

A text that streams is not written to the database (chat.md 3.4). It stands in memory; every batch is
appended to a journal file of the data folder at once, so that `kill -9` loses nothing that was
received; and with Redis a copy in the other server's form lies there, a quarter of a second behind at
most, for `GET /chats/{id}` in every process (data.md section 6, response_streams).
"""

import fcntl
import json
import logging
import os
import pathlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models import json_codec
from utils.cluster import redis
from utils.settings import environment

log = logging.getLogger("lightwell.chat")

INTERRUPTED = "The server stopped while this reply was being written."
"""The error of a reply that the end of its process cut off."""

_SHARED_EVERY = 0.25
_lock = threading.Lock()


@dataclass(frozen=True)
class Place:
    """Which message an answer belongs to."""

    chat_id: str
    message_id: str
    user_id: str


def _is_text(event: Any) -> bool:
    """Whether an event adds text to an item and says to which; a provider's own events may leave that out."""
    return (
        isinstance(event, dict)
        and str(event.get("type")).endswith("_text.delta")
        and isinstance(event.get("output_index"), int)
        and isinstance(event.get("item_id"), str)
        and isinstance(event.get("delta"), str)
    )


class Live:
    """One growing answer. `items` is the list that `utils.chat.output.Output` works on."""

    def __init__(self, task_id: str, place: Place, items: list[dict[str, Any]], *, stored: bool) -> None:
        self.task_id, self.place, self.items = task_id, place, items
        self._shared_at = 0.0
        self._stored, self._full = stored, False
        self._journal = _open_journal(task_id) if stored else None
        if self._journal is not None:
            self._append({"chat_id": place.chat_id, "message_id": place.message_id, "user_id": place.user_id})
        with _lock:
            _live[task_id] = self

    def progress(self, events: list[tuple[str, Any]]) -> None:
        """What was just received: text is noted as it came, a change of structure as a whole state."""
        if not self._stored:
            return
        if all(_is_text(data) for _, data in events):
            for _, data in events:
                self._append({"i": data["output_index"], "id": data["item_id"], "d": data["delta"]})
        else:
            self._append({"output": self.items})
        if environment.current().redis_url and time.monotonic() - self._shared_at >= _SHARED_EVERY:
            self._share()

    def _append(self, entry: dict[str, Any]) -> None:
        if self._journal is None or self._full:
            return
        try:
            os.write(self._journal, json_codec.dumps_bytes(entry) + b"\n")
        except OSError as error:
            # it stays open and locked: nobody may take the answer for an orphan
            self._full = True
            log.error("the journal of a running answer ends here, a killed process would lose the rest: %s", error)

    def _share(self) -> None:
        self._shared_at = time.monotonic()
        state = {"chat_id": self.place.chat_id, "message_id": self.place.message_id, "output": self.items}
        text, key = json_codec.dumps(state) + "\n", redis.key("tasks", "response_streams", self.task_id)
        redis.ask(lambda client: client.set(key, text, ex=environment.current().redis_stream_ttl), None)

    def leave(self) -> None:
        """The answer could not be stored: the journal stays, and the next start takes it for an orphan's."""
        with _lock:
            _live.pop(self.task_id, None)
        if self._journal is not None:
            os.close(self._journal)
            self._journal = None

    def close(self) -> None:
        """The answer is stored: nothing of it is needed here any more."""
        with _lock:
            _live.pop(self.task_id, None)
        if self._journal is not None:
            try:
                _journal_path(self.task_id).unlink(missing_ok=True)
            except OSError as error:
                # the next start finds that the answer is stored, and removes it
                log.error("the journal of a stored answer stays: %s", error)
            os.close(self._journal)
            self._journal = None
        forget_shared(self.task_id)


_live: dict[str, Live] = {}


def forget_shared(task_id: str) -> None:
    """Drops the copy of an answer that lay in Redis."""
    redis.ask(lambda client: client.delete(redis.key("tasks", "response_streams", task_id)), None)


def without_a_writer() -> Iterator["Interrupted"]:
    """Answers that lie in Redis, of either server, although their task shows no sign of life."""
    head = redis.key("tasks", "response_streams", "")

    def orphans(client: Any) -> list[tuple[str, str]]:
        names = list(client.scan_iter(head + "*", count=500))
        signs = client.mget([redis.key("tasks", name[len(head) :]) for name in names]) if names else []
        lost = [name for name, sign in zip(names, signs, strict=True) if sign is None]
        return [(name[len(head) :], text) for name, text in zip(lost, client.mget(lost) if lost else [], strict=True)]

    for task_id, text in redis.ask(orphans, []):
        state = _replayed(text) if text else None
        if state is not None and state.get("chat_id") and state.get("message_id"):
            yield Interrupted(task_id, Place(state["chat_id"], state["message_id"], ""), state["output"])


def overlay(chat_id: str, document: Any, task_ids: list[str] | None = None) -> bool:
    """Puts the text so far of running answers into the messages of `document`; says whether it did.

    `task_ids` are the chat's running tasks of all processes, for answers that grow elsewhere.
    """
    found = False
    for message_id, output in _outputs(chat_id, task_ids or []):
        message = _message(document, message_id)
        if message is None or message.get("done"):
            continue
        message["output"] = output
        message["content"] = _text(output)
        message["done"] = False
        found = True
    return found


def count() -> int:
    """How many answers grow in this process."""
    return len(_live)


def _outputs(chat_id: str, task_ids: list[str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for live in list(_live.values()):
        if live.place.chat_id == chat_id:
            yield live.place.message_id, live.items
    names = [redis.key("tasks", "response_streams", task_id) for task_id in task_ids if task_id not in _live]
    for text in redis.ask(lambda client: client.mget(names), []) if names else []:
        state = _replayed(str(text)) if text else None
        if state is not None and state.get("chat_id") == chat_id:
            yield state["message_id"], state["output"]


def _replayed(text: str) -> dict[str, Any] | None:
    """The state of a stream that either server keeps in Redis: a first line, then text deltas."""
    lines = text.splitlines()
    try:
        state = json_codec.loads(lines[0])
        for line in lines[1:]:
            event = json_codec.loads(line)
            _grow(state["output"], event["output_index"], event["delta"], event.get("item_id"))
    except (ValueError, KeyError, IndexError, TypeError):
        return None
    return state if isinstance(state.get("output"), list) else None


def _grow(items: list[dict[str, Any]], index: int, delta: str, item_id: str | None) -> None:
    while len(items) <= index:
        items.append(
            {
                "type": "message",
                "id": item_id,
                "status": "in_progress",
                "role": "assistant",
                "content": [{"type": "output_text", "text": ""}],
            }
        )
    part = items[index]["content"][-1]
    part["text"] = (part.get("text") or "") + delta


def _message(document: Any, message_id: str) -> dict[str, Any] | None:
    history = document.get("history") if isinstance(document, dict) else None
    messages = history.get("messages") if isinstance(history, dict) else None
    message = messages.get(message_id) if isinstance(messages, dict) else None
    return message if isinstance(message, dict) else None


def _text(output: list[dict[str, Any]]) -> str:
    texts = [
        "".join(part.get("text") or "" for part in item.get("content") or [])
        for item in output
        if item.get("type") == "message"
    ]
    return "\n".join(texts)


# -- the journal


@dataclass(frozen=True)
class Interrupted:
    """An answer that a killed process left in its journal."""

    task_id: str
    place: Place
    output: list[dict[str, Any]]


def _folder() -> pathlib.Path:
    folder = environment.current().data_dir / "streams"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _journal_path(task_id: str) -> pathlib.Path:
    return _folder() / f"{task_id}.jsonl"


def _open_journal(task_id: str) -> int | None:
    """A journal locked for as long as this process lives: that is how others know it is not orphaned."""
    try:
        handle = os.open(_journal_path(task_id), os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        log.error("no journal for a running answer, a killed process would lose it: %s", error)
        return None
    return handle


def interrupted() -> Iterator[Interrupted]:
    """The answers of journals that no living process holds. Each is removed once it was taken."""
    for path in sorted(_folder().glob("*.jsonl")):
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            found = _read_journal(path.stem, file.read())
            if found is not None:
                yield found
            path.unlink(missing_ok=True)


def _read_journal(task_id: str, data: bytes) -> Interrupted | None:
    place, items = None, []
    for line in data.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            break  # the line that was being written when the process died
        if "chat_id" in entry:
            place = Place(entry["chat_id"], entry["message_id"], entry["user_id"])
        elif "output" in entry:
            items = entry["output"]
        elif "d" in entry:
            _grow(items, entry["i"], entry["d"], entry.get("id"))
    return None if place is None else Interrupted(task_id, place, items)
