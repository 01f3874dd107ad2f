"""Saving what a browser holds of a chat: its copy is joined with what is stored, never put in its place.

Facts: data.md, "Two stores of one chat", Merging. Two tabs, a running reply and another server may
have written in the meantime; nothing of theirs is lost.
"""

from typing import Any

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
    """Joins `patch`, what the caller sent as the chat, with the stored document."""
    checked(patch)
    for key, value in patch.items():
        if key not in ("history", "title"):
            editing.document[key] = value
    if isinstance(patch.get("title"), str):
        editing.set_title(patch["title"])
    if isinstance(patch.get("history"), dict):
        _join(editing, patch["history"], user)
    editing.changed()
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
    """Makes every `childrenIds` what the `parentId`s say; the order of known children is kept."""
    children: dict[str, list[str]] = {message_id: [] for message_id in messages}
    for message_id, message in messages.items():
        parent = message.get("parentId")
        if isinstance(parent, str) and parent in children:
            children[parent].append(message_id)
    for message_id, message in messages.items():
        known = message.get("childrenIds")
        wanted = children[message_id]
        if known != wanted:
            message["childrenIds"] = _in_known_order(wanted, known)


def _in_known_order(wanted: list[str], known: Any) -> list[str]:
    if not isinstance(known, list) or not wanted:
        return wanted
    places = {one: place for place, one in enumerate(known) if isinstance(one, str)}
    return sorted(wanted, key=lambda one: places.get(one, len(places)))


def leaf(messages: Messages, current: Any) -> str | None:
    """The end of the branch that `current` lies on: its last child's last child and so on; where there is
    no such message, the newest end of all."""
    if current not in messages:
        ends = [one for one, message in messages.items() if not message.get("childrenIds")] or list(messages)
        return max(ends, key=lambda one: _stamp(messages[one]), default=None)
    seen = set()
    while current not in seen:
        seen.add(current)
        children = [one for one in messages[current].get("childrenIds") or [] if one in messages]
        if not children:
            break
        current = children[-1]
    return current


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
