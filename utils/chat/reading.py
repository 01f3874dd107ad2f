"""What `GET /chats/{id}` gives: the stored document, passed through as text wherever it can be.

It is decoded only where something must be put into it: a reply that is being written, rows of
messages that are missing, or a current message that is not the end of its branch.
"""

from typing import Any

from models import chat_rows, documents
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


def for_others(row: dict[str, Any]) -> dict[str, Any]:
    """A whole row as people who do not own the chat see it: without its parameters and variables, and
    without what the server noted in its messages."""
    text = row["chat"]
    found = documents.decoded(text) if text else {}
    return {**row, "chat": documents.encoded(without_private(found), len(text or "")), "variables": None}


def without_private(document: Any) -> Any:
    """Takes what only the owner sees out of a document."""
    if not isinstance(document, dict):
        return {}
    document.pop("params", None)
    for message in store.messages_of_history(document):
        message.pop("meta", None)
    return document
