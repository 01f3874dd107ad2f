"""Changes of single messages: content, voice, deletion, and what events leave in a message."""

from collections.abc import Callable
from typing import Any

from models.base import now
from utils.chat import merge
from utils.chat.store import ChatEdit
from utils.http.errors import not_found

Message = dict[str, Any]


def change(editing: ChatEdit, message_id: str, changes: dict[str, Any]) -> None:
    """Sets `content` (text) and `voice` (an object, kept in `meta`) of a message; the branch that is shown ends
    at its end then. One that is not there is made for a `content`, as on the other server. Raises 404 for a
    `voice` of no message."""
    known = editing.messages.get(message_id)
    values: dict[str, Any] = {}
    if known is None and "voice" in changes:
        raise not_found("There is no such message in the chat.")
    if "content" in changes:
        values["content"] = changes["content"]
    if "voice" in changes:
        meta = known.get("meta") if known else None
        values["meta"] = {**(meta if isinstance(meta, dict) else {}), "voice": changes["voice"]}
    if known is None:
        _make(editing, message_id, values)
    else:
        editing.put(message_id, values)
        merge.shown(editing.document)
    editing.touch()


def _make(editing: ChatEdit, message_id: str, values: Message) -> Message:
    """A message that something is said about before it is there: an assistant's without a parent, which
    becomes the current one."""
    message = editing.put(
        message_id, {"parentId": None, "childrenIds": [], "role": "assistant", "timestamp": now(), **values}
    )
    editing.set_current(message_id)
    return message


def delete(editing: ChatEdit, message_id: str) -> None:
    """Drops a message and its direct children; what follows those moves up to its parent (data.md). The
    branch that is shown ends below that parent then."""
    merge.shown(editing.document)
    editing.changed()
    messages = editing.messages
    message = messages.get(message_id)
    if message is None:
        return
    parent = message.get("parentId")
    children = [one for one, other in messages.items() if other.get("parentId") == message_id and one != message_id]
    gone = {message_id, *children}
    moved = [one for one, other in messages.items() if other.get("parentId") in gone and one not in gone]
    for one in moved:
        editing.put(one, {"parentId": parent if parent not in gone else None})
    editing.remove(gone)
    merge.forget_children(messages, gone)
    editing.set_current(merge.remaining_leaf(messages, parent))
    editing.touch()


def _extended(message: Message, key: str, new: list[Any]) -> None:
    known = message.get(key)
    message[key] = [*(known if isinstance(known, list) else []), *new]


def _status(message: Message, data: Message) -> None:
    _extended(message, "statusHistory", [data])


def _files(message: Message, data: Message) -> None:
    _extended(message, "files", data.get("files") or [])


def _append(message: Message, data: Message) -> None:
    message["content"] = f"{message.get('content') or ''}{data.get('content') or ''}"


def _replace(message: Message, data: Message) -> None:
    message["content"] = data.get("content") or ""


def _embeds(message: Message, data: Message) -> None:
    if data.get("replace"):
        message["embeds"] = []
    _extended(message, "embeds", data.get("embeds") or [])


def _source(message: Message, data: Message) -> None:
    _extended(message, "sources", [data])


_STORED: dict[str, Callable[[Message, Message], None]] = {
    "status": _status,
    "message": _append,
    "replace": _replace,
    "embeds": _embeds,
    "files": _files,
    "source": _source,
    "citation": _source,
}
_LISTS = ("files", "embeds")
_OF_KNOWN = ("status", "message")
"""The types that leave nothing where the message is not there; the others make it."""


def stores(kind: str, data: Message) -> bool:
    """Whether an event leaves something in its message (realtime.md 6.4): a source of a kind of its own, such as
    a run of code, does not."""
    return kind in _STORED and not (kind in ("source", "citation") and data.get("type") is not None)


def is_sound(kind: str, data: Message) -> bool:
    """Whether what the event would leave in its message can be stored."""
    if kind in _LISTS:
        return isinstance(data.get(kind) or [], list)
    return kind != "message" or isinstance(data.get("content", ""), str)


def apply_event(editing: ChatEdit, message_id: str, kind: str, data: Message) -> None:
    """Stores what an event that `stores` something says about a message; the chat counts as unchanged."""
    message = editing.messages.get(message_id)
    if message is None:
        if kind in _OF_KNOWN:
            return
        message = _make(editing, message_id, {})
    _STORED[kind](message, data)
    merge.shown(editing.document)
    editing.refresh_rows([message_id])
