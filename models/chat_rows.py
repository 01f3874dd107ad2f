"""One chat as it lies in the table: its document as text, to be passed through, not decoded.

What is no document is read through `lightwell_chat_head` on SQLite: columns behind a document can else only be
reached by walking through it.
"""

import contextlib
from typing import Any, NamedTuple

from models import documents
from models.base import database
from models.chat_lists import by_index, marks, no, select
from models.database import is_postgres, is_sqlite

_BATCH = 200
_COLUMNS = (
    "id, user_id, title, updated_at, created_at, share_id, archived, pinned, meta, variables, "
    "folder_id, tasks, summary, current_message_id, last_read_at, "
)


def whole(chat_id: str) -> dict[str, Any] | None:
    """All of one chat; `chat` is JSON text (`models.documents.text`), or None."""
    return _with_document(_COLUMNS, by_index("head"), chat_id)


def document(chat_id: str) -> documents.Text | None:
    """A chat's document as JSON text."""
    row = _with_document("", by_index("head"), chat_id)
    return row["chat"] if row is not None else None


def snapshot(share_id: str, columns: str) -> dict[str, Any] | None:
    """These columns of a share link, each with a comma behind it; `chat` is JSON text as that of `whole`."""
    return _with_document(columns, "shared_chat", share_id)


def _with_document(columns: str, source: str, row_id: str) -> dict[str, Any] | None:
    # one transaction, so that the document is that of the row
    with database.atomic() if is_sqlite() else contextlib.nullcontext():
        rows = select(f"SELECT {columns}{documents.columns()} FROM {source} WHERE id = ?", row_id)
        return {**rows[0], "chat": documents.text(rows[0], source.split()[0])} if rows else None


def head(chat_id: str) -> dict[str, Any] | None:
    """A chat without its document, for what only asks whose it is."""
    return small(chat_id, "id, user_id, title, share_id, archived, folder_id, meta, pinned")


def small(chat_id: str, columns: str, *, locked: bool = False) -> dict[str, Any] | None:
    """These columns of a chat, as they lie in the table. `locked`: inside a transaction, for a change."""
    lock = " FOR UPDATE" if locked and is_postgres() else ""
    return next(iter(select(f"SELECT {columns} FROM {by_index('head')} WHERE id = ?{lock}", chat_id)), None)


def small_of(chat_ids: list[str], columns: str) -> list[dict[str, Any]]:
    """`small` of several chats; of one that is not there, nothing."""
    found: list[dict[str, Any]] = []
    for start in range(0, len(chat_ids), _BATCH):
        batch = chat_ids[start : start + _BATCH]
        found += select(f"SELECT {columns} FROM {by_index('head')} WHERE id IN ({marks(batch)})", *batch)
    return found


def ids_where(condition: str, *params: Any) -> list[str]:
    """The ids of chats for which an SQL condition holds."""
    return [row["id"] for row in select(f"SELECT id FROM chat WHERE {condition}", *params)]


class TreeState(NamedTuple):
    """What the rows say of a chat's messages: how many there are, whether the current one is among
    them, whether another follows it, whether a reply is not done."""

    rows: int
    current: bool
    followed: bool
    unfinished: bool


def tree_state(chat_id: str, current_id: str | None) -> TreeState:
    """The state of the tree, without a look at the document."""
    sql = (
        "SELECT (SELECT count(*) FROM chat_message WHERE chat_id = ?) AS known,"
        " EXISTS (SELECT 1 FROM chat_message WHERE id = ?) AS present,"
        " EXISTS (SELECT 1 FROM chat_message WHERE chat_id = ? AND parent_id = ?) AS followed,"
        f" EXISTS (SELECT 1 FROM chat_message WHERE chat_id = ? AND role = 'assistant' AND done = {no()}) AS unfinished"
    )
    row = select(sql, chat_id, f"{chat_id}-{current_id}", chat_id, current_id or "", chat_id)[0]
    return TreeState(row["known"], *(bool(row[name]) for name in ("present", "followed", "unfinished")))


def internal_children(chat_ids: list[str]) -> list[str]:
    """The chats that live inside these (sub-agents)."""
    parent = "json_extract(meta, '$.parent_chat_id')" if is_sqlite() else "meta->>'parent_chat_id'"
    inner = "instr(meta, '\"parent_chat_id\":') > 0" if is_sqlite() else "meta->>'parent_chat_id' IS NOT NULL"
    found: list[str] = []
    for start in range(0, len(chat_ids), _BATCH):
        batch = chat_ids[start : start + _BATCH]
        found += ids_where(f"{inner} AND {parent} IN ({marks(batch)})", *batch)
    return found


def delete(chat_ids: list[str]) -> None:
    """Deletes chats with all that hangs on them, also what SQLite would leave behind. Inside a
    transaction. Grants of their share links go too; the files stay."""
    for start in range(0, len(chat_ids), _BATCH):
        batch = chat_ids[start : start + _BATCH]
        inside = f"IN ({marks(batch)})"
        for sql in (
            f"DELETE FROM chat_message WHERE chat_id {inside}",
            f"DELETE FROM shared_chat WHERE chat_id {inside}",
            f"DELETE FROM chat_file WHERE chat_id {inside}",
            f"DELETE FROM access_grant WHERE resource_type = 'shared_chat' AND resource_id {inside}",
            f"UPDATE automation_run SET chat_id = NULL WHERE chat_id {inside}",
            f"DELETE FROM chat WHERE id {inside}",
        ):
            database.execute_sql(sql if is_sqlite() else sql.replace("?", "%s"), batch)
