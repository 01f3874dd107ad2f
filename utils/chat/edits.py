"""Changes of single messages: content, voice, deletion, and what events leave in a message."""

from collections.abc import Callable
from typing import Any

from models.base import now
from utils.chat import merge
from utils.chat.store import ChatEdit

Message = dict[str, Any]


def change(editing: ChatEdit, message_id: str, changes: dict[str, Any]) -> None:
    """Sets `content` (text) and `voice` (an object, kept in `meta`) of a message. One that is not there is
    made, an assistant's without a parent, and becomes the current one, as on the other server."""
    known = editing.messages.get(message_id)
    values: dict[str, Any] = {}
    if "content" in changes:
        values["content"] = changes["content"]
    if "voice" in changes:
        meta = known.get("meta") if known else None
        values["meta"] = {**(meta if isinstance(meta, dict) else {}), "voice": changes["voice"]}
    if known is None:
        values |= {"parentId": None, "childrenIds": [], "role": "assistant", "timestamp": now()}
    editing.put(message_id, values)
    if known is None:
        editing.set_current(message_id)
    editing.touch()


def delete(editing: ChatEdit, message_id: str) -> None:
    """Drops a message and its direct children; what follows those moves up to its parent (data.md). The
    branch that is shown ends below that parent then."""
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
    merge.link(messages)
    editing.set_current(merge.leaf(messages, parent))
    editing.touch()


def _listed(key: str, item: str | None = None) -> Callable[[Message, Message], None]:
    """An event whose data (or the list `item` in it) is added to a list of the message."""

    def add(message: Message, data: Message) -> None:
        known = message.get(key)
        new = data.get(item) if item else [data]
        message[key] = [*(known if isinstance(known, list) else []), *(new if isinstance(new, list) else [])]

    return add


def _append(message: Message, data: Message) -> None:
    message["content"] = f"{message.get('content') or ''}{data.get('content') or ''}"


def _replace(message: Message, data: Message) -> None:
    message["content"] = data.get("content") or ""


def _embeds(message: Message, data: Message) -> None:
    if data.get("replace"):
        message["embeds"] = []
    _listed("embeds", "embeds")(message, data)


STORED: dict[str, Callable[[Message, Message], None]] = {
    "status": _listed("statusHistory"),
    "message": _append,
    "replace": _replace,
    "embeds": _embeds,
    "files": _listed("files", "files"),
    "source": _listed("sources"),
    "citation": _listed("sources"),
}
"""The types of events that leave something in their message (realtime.md 6.4)."""


COPIED = {"status", "source", "citation", "files", "embeds", "chat:message:error", "chat:message:follow_ups"}
"""The types that everybody who looks at the chat gets (realtime.md section 5)."""


def apply_event(editing: ChatEdit, message_id: str, kind: str, data: Message) -> None:
    """Stores what an event of a type in `STORED` says about a message; of an unknown one, nothing."""
    message = editing.messages.get(message_id)
    if message is None:
        return
    STORED[kind](message, data)
    editing.refresh_rows([message_id])
    editing.touch()
