"""What `GET /chats/{id}` gives: the stored document, passed through as text wherever it can be.

It is decoded only where something must be put into it: a reply that is being written, rows of
messages that are missing, or a current message that is not the end of its branch.
"""

from typing import Any

from models import chat_rows, documents
from models.chats import ChatMessage
from models.large import LARGE, breathe
from utils.chat import live, merge, store, tasks


def document(row: dict[str, Any]) -> Any:
    """The document of a whole row as it is shown: its JSON text where nothing had to change."""
    text = row["chat"]
    if text is None:
        return b"{}"
    state = chat_rows.tree_state(row["id"], row["current_message_id"])
    if state.rows and state.current and not state.followed and not state.unfinished and _complete(text, state.rows):
        return text
    return _mended(row, text, state.rows)


def _complete(text: Any, rows: int) -> bool:
    """Whether there are rows for all messages: each has `childrenIds`, which no text can contain
    unescaped."""
    mark: Any = '"childrenIds":' if isinstance(text, str) else b'"childrenIds":'
    found = 0
    for start in range(0, len(text), LARGE):
        found += text.count(mark, start, start + LARGE + len(mark) - 1)
        breathe(len(text))
    return found <= rows


def _mended(row: dict[str, Any], text: Any, rows: int) -> Any:
    found = documents.decoded(text)
    messages = store.messages_of(found)
    if not messages:
        return text
    if len(messages) > rows:
        store.fill_missing_rows(row["id"], row["user_id"], found)
    merge.shown(found)
    if any(one.get("role") == "assistant" and one.get("done") is False for one in messages.values()):
        live.overlay(row["id"], found, tasks.of_item(row["id"]))
    return documents.encoded(found, len(text))


def for_owner(row: dict[str, Any]) -> dict[str, Any]:
    """A whole row as its owner sees it: without what the server noted in messages that guests asked for."""
    if not (row["share_id"] or row["folder_id"]) or not ChatMessage.has_guests(row["id"], row["user_id"]):
        return row
    text = row["chat"]
    found = documents.decoded(text) if text else {}
    _drop_notes(found, row["user_id"])
    return {**row, "chat": documents.encoded(found, len(text or ""))}


def for_others(row: dict[str, Any], viewer_id: str | None = None) -> dict[str, Any]:
    """A whole row as people who do not own the chat see it: without its parameters and variables, and
    without what the server noted in messages that are not the viewer's."""
    text = row["chat"]
    found = documents.decoded(text) if text else {}
    return {**row, "chat": documents.encoded(without_private(found, viewer_id), len(text or "")), "variables": None}


def without_private(document: Any, viewer_id: str | None = None) -> Any:
    """Takes what this viewer, who is not the owner, does not see out of a document."""
    if not isinstance(document, dict):
        return {}
    document.pop("params", None)
    _drop_notes(document, viewer_id)
    return document


def _drop_notes(document: Any, viewer_id: str | None) -> None:
    for message in store.messages_of_history(document) if isinstance(document, dict) else []:
        if viewer_id is None or message.get("user_id") != viewer_id:
            message.pop("meta", None)
