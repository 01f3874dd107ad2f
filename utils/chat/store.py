"""One chat, stored twice: the document in `chat.chat` and a row of `chat_message` a message.

Every change goes through `edit` (or `create`), which writes both in one transaction, locked as the
other server locks (data.md, "Locking that both servers must share", "Two stores of one chat").
"""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from models import chat_rows, documents, json_codec, json_pieces
from models.base import JSONText, RawJSON, database, new_id, now
from models.chats import Chat, ChatMessage
from models.database import write, writing_little
from models.json_kinds import as_list, as_objects, as_text
from models.large import LARGE, aside, breathe

NEW_TITLE = "New Chat"

# key of a message in the document → column of its row, where the names differ
_RENAMED = {
    "parentId": "parent_id",
    "model": "model_id",
    "statusHistory": "status_history",
    "contextSummary": "context_summary",
    "timestamp": "created_at",
}
_SAME = ("role", "content", "output", "files", "sources", "embeds", "done", "error", "usage", "meta", "user_id")
_ROW_BATCH = 500


class ChatGone(LookupError):
    """The chat is not there (any more)."""


class ChatEdit:
    """A chat locked for a change. Change `document`, `columns` and messages; leaving `edit` writes them."""

    def __init__(self, row: Chat, *, is_large: bool = False) -> None:
        self.row = row
        self.is_large = is_large
        self.id: str = row.id
        self.user_id: str = row.user_id
        self.document: dict[str, Any] = row.chat if isinstance(row.chat, dict) else {}
        self.columns: dict[str, Any] = {}
        """Columns of the chat's row to write beside the document."""
        self.text: str | None = None
        """The document as it was written, once it was."""
        self._touched: dict[str, None] = {}
        self._removed: set[str] = set()
        self._document_changed = False

    def values(self) -> dict[str, Any]:
        """The chat's columns once they were written; `chat` is the document as JSON text."""
        if self.is_large:
            row = chat_rows.whole(self.id)
            if row is None:
                raise ChatGone(self.id)
            return row
        text = json_codec.dumps(self.document) if self.text is None else self.text
        return {**self.row.values(), **self.columns, "chat": text}

    @property
    def history(self) -> dict[str, Any]:
        """`{currentId, messages}`; made where the document has none."""
        history = self.document.get("history")
        if not isinstance(history, dict):
            history = self.document["history"] = {"currentId": None, "messages": {}}
        if not isinstance(history.get("messages"), dict):
            history["messages"] = {}
        return history

    @property
    def messages(self) -> dict[str, dict[str, Any]]:
        """Message id to message, as stored in the document."""
        return self.history["messages"]

    def touch(self) -> None:
        """Moves `updated_at`."""
        self.columns["updated_at"] = now()

    def changed(self) -> None:
        """The document was changed by hand (not through a method of this class)."""
        self._document_changed = True

    def put(self, message_id: str, values: dict[str, Any]) -> dict[str, Any]:
        """Sets these keys of a message, which is made if it is new and linked under its parent."""
        message = self.messages.get(message_id)
        if message is None:
            message = self.messages[message_id] = {"id": message_id}
        message.update(values)
        parent = self.messages.get(message.get("parentId") or "")
        if parent is not None:
            adopt(parent, message_id)
        self._touched[message_id] = None
        self._document_changed = True
        return message

    def set_current(self, message_id: str | None) -> None:
        """Makes this message the end of the branch that is shown."""
        self.history["currentId"] = message_id
        self._document_changed = True

    def remove(self, message_ids: Iterable[str]) -> None:
        """Drops messages from both stores; links to them are the caller's to mend."""
        for message_id in message_ids:
            if self.messages.pop(message_id, None) is not None:
                self._removed.add(message_id)
                self._touched.pop(message_id, None)
                self._document_changed = True

    def set_title(self, title: str) -> None:
        """Writes the title in both places."""
        self.document["title"] = title
        self.columns["title"] = title
        self._document_changed = True

    def refresh_rows(self, message_ids: Iterable[str]) -> None:
        """Writes the rows of these messages anew (their document entries were changed by hand)."""
        self._touched.update(dict.fromkeys(message_ids))
        self._document_changed = True

    def write(self) -> None:
        """Writes what changed. Called by `edit`, inside its transaction."""
        self.write_messages()
        values = dict(self.columns)
        if self._document_changed:
            values["current_message_id"] = self.columns["current_message_id"] = current_message_id(self.document)
            values["chat"] = self._written()
        if values:
            Chat.update(**values).where(Chat.id == self.id).execute()

    def write_messages(self) -> None:
        """Writes the rows of the messages that changed so far. `write` does it too."""
        touched = [{**self.messages[one], "id": one} for one in self._touched if one in self.messages]
        self.is_large = self.is_large or json_pieces.is_worth_it(touched)
        if self._removed:
            ChatMessage.delete().where(
                ChatMessage.id.in_([row_id(self.id, message_id) for message_id in self._removed])
            ).execute()
        write_rows(self.id, self.user_id, touched)
        self._touched.clear()
        self._removed.clear()

    def _written(self) -> Any:
        """What the document's column is set to. A large document is let go, before the database holds it too."""
        if not self.is_large:
            self.text = json_codec.dumps(self.document)
            return RawJSON(self.text)
        parts = aside(json_pieces.Parts, self.document)
        self.document = {}
        self.row.__data__.pop("chat", None)
        return documents.expression(parts)


@contextlib.contextmanager
def edit(chat_id: str) -> Iterator[ChatEdit]:
    """The chat, locked; what was changed is written when the block ends without an error.

    Raises `ChatGone`. No network call and no wait belongs inside.
    """
    with write():
        row = Chat.locked(chat_id)
        if row is None:
            raise ChatGone(chat_id)
        text = chat_rows.document(chat_id)
        is_large = documents.is_large(text)
        row.__data__["chat"] = documents.decoded(text) if text else None
        del text
        editing = ChatEdit(row, is_large=is_large)
        yield editing
        with contextlib.nullcontext() if editing.is_large else writing_little():
            editing.write()


def create(
    user_id: str,
    document: dict[str, Any],
    *,
    chat_id: str | None = None,
    **columns: Any,
) -> Chat:
    """Stores a new chat and its messages as rows. `columns` are further columns of the row. The row's
    `document_text` is the document as it was written; `document` itself, if it is large, is empty then."""
    chat_id = chat_id or new_id()
    moment = now()
    title = document.get("title")
    values = {
        "id": chat_id,
        "user_id": user_id,
        "title": title if isinstance(title, str) else NEW_TITLE,
        "created_at": moment,
        "updated_at": moment,
        "last_read_at": moment,
        "archived": False,
        "pinned": False,
        "meta": {},
        "variables": {},
        "current_message_id": current_message_id(document),
        **columns,
    }
    row = Chat(**values, chat=document)
    is_large = json_pieces.is_worth_it(document)
    row.document_text = None if is_large else json_codec.dumps(document)
    with write():
        text = documents.expression(json_pieces.Parts(document)) if is_large else RawJSON(row.document_text)
        Chat.insert(**values, chat=text).execute()
        write_rows(chat_id, user_id, list(row_messages(document).values()))
        if is_large:
            document.clear()
            row.document_text = chat_rows.document(chat_id)
    return row


def messages_of(document: Any) -> dict[str, dict[str, Any]]:
    """The well-formed messages of a document's history, by id."""
    history = document.get("history") if isinstance(document, dict) else None
    messages = history.get("messages") if isinstance(history, dict) else None
    if not isinstance(messages, dict):
        return {}
    return {key: {**one, "id": key} for key, one in messages.items() if isinstance(one, dict) and isinstance(key, str)}


def messages_of_history(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages of a document's history themselves, to be changed."""
    history = document.get("history")
    messages = history.get("messages") if isinstance(history, dict) else None
    return [one for one in messages.values() if isinstance(one, dict)] if isinstance(messages, dict) else []


def row_messages(document: Any) -> dict[str, dict[str, Any]]:
    """The messages of a document that have rows: those of its history, or in the oldest layout, which has
    none, those of its flat list that carry an id."""
    messages = messages_of(document)
    flat = document.get("messages") if isinstance(document, dict) and not messages else None
    if isinstance(flat, list):
        messages = {one["id"]: one for one in flat if isinstance(one, dict) and isinstance(one.get("id"), str)}
    return {key: one for key, one in messages.items() if has_row(one)}


def adopt(parent: dict[str, Any], message_id: str) -> None:
    """Names a message among the children of its parent."""
    known = parent["childrenIds"] = as_list(parent.get("childrenIds"))
    if message_id not in known:
        known.append(message_id)


def current_message_id(document: Any) -> str | None:
    """`history.currentId`, or what older layouts have in its place (data.md, chat.current_message_id)."""
    if not isinstance(document, dict):
        return None
    history = document.get("history")
    candidates = [history.get("currentId") if isinstance(history, dict) else None]
    candidates += [document.get("currentId"), document.get("branchPointMessageId")]
    flat = document.get("messages")
    if isinstance(flat, list):
        candidates += [one.get("id") for one in reversed(flat) if isinstance(one, dict)]
    return next((one for one in candidates if isinstance(one, str) and one), None)


def row_id(chat_id: str, message_id: str) -> str:
    """The id of a message's row."""
    return f"{chat_id}-{message_id}"


def row_of(chat_id: str, user_id: str, message: dict[str, Any]) -> dict[str, Any]:
    """The columns of a message's row."""
    row = {column: message.get(column) for column in _SAME}
    row |= {column: message.get(key) for key, column in _RENAMED.items()}
    role = row["role"] if isinstance(row["role"], str) and row["role"] else "user"
    moment = now()
    stamp = row["created_at"]
    return row | {
        "id": row_id(chat_id, message["id"]),
        "chat_id": chat_id,
        "user_id": row["user_id"] if isinstance(row["user_id"], str) else user_id,
        "role": role,
        "parent_id": row["parent_id"] if isinstance(row["parent_id"], str) else None,
        "model_id": row["model_id"] if isinstance(row["model_id"], str) else None,
        "context_summary": row["context_summary"] if isinstance(row["context_summary"], str) else None,
        "usage": _counted(row["usage"]),
        "done": bool(row["done"]) if role == "assistant" and row["done"] is not None else True,
        "created_at": int(stamp) if isinstance(stamp, (int, float)) and 0 < stamp < 2**53 else moment,
        "updated_at": moment,
    }


def _counted(usage: Any) -> Any:
    """The provider's figures with the three names that every row has (data.md, chat_message.usage)."""
    if not isinstance(usage, dict) or not usage:
        return usage or None
    asked = _figure(usage, "input_tokens", "prompt_tokens", "prompt_eval_count", "prompt_n")
    given = _figure(usage, "output_tokens", "completion_tokens", "eval_count", "predicted_n")
    total = _figure(usage, "total_tokens") or asked + given
    return usage | {"input_tokens": asked, "output_tokens": given, "total_tokens": total}


def _figure(usage: dict[str, Any], *names: str) -> int:
    """The first of these figures that is not nought: providers name them differently, llama.cpp and Ollama too."""
    return next((int(usage[name]) for name in names if isinstance(usage.get(name), (int, float)) and usage[name]), 0)


def has_row(message: dict[str, Any]) -> bool:
    """Whether a message of the document has a row: one without a role has none."""
    return isinstance(message.get("role"), str) and bool(message["role"])


_COLUMNS = tuple(ChatMessage._meta.fields)
_JSON_COLUMNS = {name for name, column in ChatMessage._meta.fields.items() if isinstance(column, JSONText)}
_REPLACED = tuple(name for name in _COLUMNS if name not in ("id", "chat_id", "created_at"))
_ON_CONFLICT = " ON CONFLICT (id) DO UPDATE SET " + ", ".join(f"{name} = EXCLUDED.{name}" for name in _REPLACED)


def write_rows(chat_id: str, user_id: str, messages: list[dict[str, Any]]) -> None:
    """Inserts or replaces the rows of these messages. Inside a transaction."""
    _insert([row_of(chat_id, user_id, message) for message in messages if has_row(message)], _ON_CONFLICT)


def _insert(rows: list[dict[str, Any]], on_conflict: str) -> None:
    """One statement a batch, put together by hand: it runs with every save."""
    batch: list[list[Any]] = []
    size = 0
    for row in rows:
        batch.append([_stored(name, row.get(name)) for name in _COLUMNS])
        size += sum(len(one) for one in batch[-1] if isinstance(one, str))
        if len(batch) == _ROW_BATCH or size >= LARGE:
            _insert_batch(batch, on_conflict)
            breathe(LARGE)
            batch, size = [], 0
    if batch:
        _insert_batch(batch, on_conflict)


def _insert_batch(batch: list[list[Any]], on_conflict: str) -> None:
    places = f"({', '.join([database.param] * len(_COLUMNS))})"
    sql = f"INSERT INTO chat_message ({', '.join(_COLUMNS)}) VALUES {', '.join([places] * len(batch))}"
    database.execute_sql(sql + on_conflict, [value for row in batch for value in row])


def _stored(name: str, value: Any) -> Any:
    if value is None or isinstance(value, (bool, int)) and name not in _JSON_COLUMNS:
        return value
    if name not in _JSON_COLUMNS:
        return json_codec.clean_text(value)
    text = json_codec.dumps(value)
    breathe(len(text))
    return text


def fill_missing_rows(chat_id: str, user_id: str, document: dict[str, Any]) -> None:
    """Inserts rows for messages of the document that have none, without overwriting (data.md).

    `document` only tells whether some may be missing: it may be older than the rows, and a message that
    was deleted since must not come back. What is inserted is read anew, under the chat's lock.
    """
    if not _without_rows(chat_id, row_messages(document)):
        return
    with write():
        chat_rows.small(chat_id, "id", locked=True)
        text = chat_rows.document(chat_id)
        missing = _without_rows(chat_id, row_messages(documents.decoded(text))) if text else []
        _insert([row_of(chat_id, user_id, one) for one in missing], " ON CONFLICT (id) DO NOTHING")


def _without_rows(chat_id: str, messages: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    known = {one for (one,) in ChatMessage.select(ChatMessage.id).where(ChatMessage.chat_id == chat_id).tuples()}
    return [{**one, "id": key} for key, one in messages.items() if row_id(chat_id, key) not in known]


def text_of(output: Any) -> str:
    """The content of an assistant message: the text of its message items, one a line (chat.md 3.5)."""
    texts = []
    for item in as_objects(output):
        if item.get("type") == "message":
            texts.append("".join(as_text(part.get("text")) for part in as_objects(item.get("content"))))
    return "\n".join(texts)
