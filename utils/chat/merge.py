"""Saving what a browser holds of a chat: its copy is joined with what is stored, never put in its place.

Facts: data.md, "Two stores of one chat", Merging. Two tabs, a running reply and another server may
have written in the meantime; nothing of theirs is lost.
"""

from typing import Any

from models.json_kinds import as_list
from utils.chat import store
from utils.chat.store import ChatEdit
from utils.http.errors import bad_request

Messages = dict[str, dict[str, Any]]


def checked(document: dict[str, Any]) -> dict[str, Any]:
    """`document` if it can be stored. Raises 400 where title, history or messages are of a wrong kind."""
    history = document.get("history")
    if not isinstance(document.get("title", ""), str):
        raise bad_request("The title of a chat is a text.")
    if history is not None and not _is_history(history):
        raise bad_request("The history of a chat is an object whose messages are objects by id.")
    flat = document.get("messages")
    if flat and not (isinstance(flat, list) and all(isinstance(one, dict) for one in flat)):
        raise bad_request("The messages of a chat are a list of objects.")
    return document


def _is_history(history: Any) -> bool:
    if not isinstance(history, dict):
        return False
    messages = history.get("messages")
    current = history.get("currentId")
    if current is not None and not isinstance(current, str):
        return False
    return not messages or (isinstance(messages, dict) and all(isinstance(one, dict) for one in messages.values()))


def fresh(document: dict[str, Any], user: Any) -> dict[str, Any]:
    """`document` as a new chat of the user's. Raises 400 as `checked`, and for a history that is null."""
    if document.get("history", ...) is None:
        raise bad_request("The history of a chat is an object.")
    return own(checked(document), user)


def own(document: dict[str, Any], user: Any) -> dict[str, Any]:
    """Makes every message of `document` the user's: a copy or import carries nobody else's name."""
    history = document.get("history")
    messages = list((history.get("messages") or {}).values()) if isinstance(history, dict) else []
    flat = document.get("messages")
    for message in [*messages, *(flat if isinstance(flat, list) else [])]:
        sign(message, user)
    return document


def sign(message: dict[str, Any], user: Any) -> None:
    """Notes in a message who wrote it, or asked for it."""
    message["user_id"] = user.id
    if message.get("role") == "user":
        message["user"] = {"id": user.id, "name": user.name}


def save(editing: ChatEdit, patch: dict[str, Any], user: Any) -> None:
    """Joins `patch`, what the caller sent as the chat, with the stored document. One without messages, such as
    a new title, leaves the chat's place in the lists, as on the other server."""
    checked(patch)
    for key, value in patch.items():
        if key not in ("history", "title"):
            editing.document[key] = value
    if isinstance(patch.get("title"), str):
        editing.set_title(patch["title"])
    if isinstance(patch.get("history"), dict):
        _join(editing, patch["history"], user)
    for message in patch.get("messages") or []:
        sign(message, user)
    editing.changed()
    if "history" in patch or "messages" in patch:
        editing.touch()


def _join(editing: ChatEdit, history: dict[str, Any], user: Any) -> None:
    stored, written = editing.messages, []
    for message_id, message in (history.get("messages") or {}).items():
        known = stored.get(message_id)
        if known == message and message.get("user_id") == user.id:
            continue
        if known is not None and _wins(known, message, user):
            continue
        sign(message, user)
        if known != message:
            stored[message_id] = message
            written.append(message_id)
    link(stored)
    for key, value in history.items():
        if key not in ("messages", "currentId"):
            editing.history[key] = value
    if (current := history.get("currentId")) in stored:
        editing.set_current(current)
    editing.refresh_rows(written)


def _wins(known: dict[str, Any], message: dict[str, Any], user: Any) -> bool:
    """Whether a stored message stays as it is, whatever the caller's copy says."""
    author = known.get("user_id")
    if isinstance(author, str) and author != user.id:
        return True
    return known.get("role") == "assistant" and (known.get("done") is False or message.get("done") is False)


def link(messages: Messages) -> None:
    """Makes every `childrenIds` what the `parentId`s say, in the order of the messages."""
    children: dict[str, list[str]] = {message_id: [] for message_id in messages}
    for message_id, message in messages.items():
        parent = message.get("parentId")
        if isinstance(parent, str) and parent in children:
            children[parent].append(message_id)
    for message_id, message in messages.items():
        message["childrenIds"] = children[message_id]


def shown(document: Any) -> None:
    """Makes a document what `GET /chats/{id}` shows of it: children that no `childrenIds` names are added, and
    the current message is the end of its branch."""
    messages = {key: one for key, one in _messages_in(document).items() if isinstance(one, dict)}
    if not messages:
        return
    for message_id, message in messages.items():
        parent = message.get("parentId")
        above = messages.get(parent) if isinstance(parent, str) else None
        if above is None:
            continue
        store.adopt(above, message_id)
    document["history"]["currentId"] = leaf(messages, document["history"].get("currentId"))


def forget_children(messages: Messages, gone: set[str]) -> None:
    """Takes messages that are gone out of every `childrenIds`."""
    for message in messages.values():
        known = message.get("childrenIds")
        if isinstance(known, list):
            message["childrenIds"] = [one for one in known if not (isinstance(one, str) and one in gone)]


def _messages_in(document: Any) -> dict[str, Any]:
    history = document.get("history") if isinstance(document, dict) else None
    messages = history.get("messages") if isinstance(history, dict) else None
    return messages if isinstance(messages, dict) else {}


def leaf(messages: Messages, current: Any) -> str | None:
    """The end of the branch that `current` lies on: its last child's last child and so on; where there is
    no such message, the newest end of all (of several the first)."""
    if not isinstance(current, str) or current not in messages:
        ends = [one for one, message in messages.items() if not message.get("childrenIds")]
        return max(ends, key=lambda one: _stamp(messages[one]), default=None)
    seen = {current}
    while children := [one for one in _children(messages[current]) if one in messages]:
        if children[-1] in seen:
            break
        current = children[-1]
        seen.add(current)
    return current


def _children(message: dict[str, Any]) -> list[str]:
    return [one for one in as_list(message.get("childrenIds")) if isinstance(one, str)]


def remaining_leaf(messages: Messages, parent: Any) -> str | None:
    """What is shown once a message below `parent` is gone: the end of the parent's branch, where it was a root
    that of the last root; None where the parent is not there."""
    if parent is None:
        roots = [one for one, message in messages.items() if message.get("parentId") is None]
        parent = roots[-1] if roots else None
    return leaf(messages, parent) if parent in messages else None


def _stamp(message: dict[str, Any]) -> float:
    stamp = message.get("timestamp")
    return stamp if isinstance(stamp, (int, float)) else 0


def branch(messages: Messages, end: str) -> list[str]:
    """The ids from the root to `end`; a ring in the parents ends it."""
    found: list[str] = []
    at: Any = end
    while isinstance(at, str) and at in messages and at not in found:
        found.append(at)
        at = messages[at].get("parentId")
    return found[::-1]
