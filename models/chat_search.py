"""Finding chats by what was written in them.

Titles are in the chat's row, texts in the rows of messages. What is asked is a list of words, each a
part of the title or of some message, whatever its case; `%` and `_` keep their meaning in LIKE, as on
the other server. Text lies in the rows as JSON, so a word is looked for in its JSON form.
"""

from dataclasses import dataclass, field
from typing import Any

from models import chat_index
from models.chat_lists import PAGE, has_tag, like, marks, no, pattern, select, shown, untagged, yes
from models.database import is_sqlite
from models.json_codec import dumps


@dataclass
class Wanted:
    """What to look for. None: either; `folder_ids` of none: no chat at all."""

    words: list[str] = field(default_factory=list)
    tag_ids: list[str] = field(default_factory=list)
    without_tags: bool = False
    folder_ids: list[str] | None = None
    pinned: bool | None = None
    archived: bool | None = None
    shared: bool | None = None


def escaped(word: str) -> str:
    """A word as it stands in JSON text."""
    return dumps(word)[1:-1]


def text_like(column: str) -> str:
    """The SQL condition "the message's text `column` contains ?"."""
    return like(column if is_sqlite() else f"{column}::text")


def text_pattern(word: str) -> str:
    """The parameter of `text_like`."""
    return pattern(escaped(word))


def conditions(user_id: str, wanted: Wanted) -> tuple[str, list[Any]]:
    """The SQL condition of everything but the words, and its parameters."""
    parts, params = ["user_id = ?", shown()], [user_id]
    parts.append(f"archived = {yes() if wanted.archived else no()}")
    if wanted.pinned is not None:
        parts.append(f"pinned = {yes()}" if wanted.pinned else f"(pinned IS NULL OR pinned = {no()})")
    if wanted.shared is not None:
        parts.append("share_id IS NOT NULL" if wanted.shared else "share_id IS NULL")
    if wanted.folder_ids is not None:
        parts.append(f"folder_id IN ({marks(wanted.folder_ids)})")
        params += wanted.folder_ids
    if wanted.without_tags:
        parts.append(untagged())
    else:
        for tag_id in wanted.tag_ids:
            condition, values = has_tag(tag_id)
            parts.append(condition)
            params += values
    return " AND ".join(parts), params


_COLUMNS = "id, title, updated_at, created_at, last_read_at, archived, pinned, share_id, folder_id"
_ORDER = " ORDER BY updated_at DESC, id"


def find(user_id: str, wanted: Wanted, page: int, size: int = PAGE) -> list[dict[str, Any]]:
    """The chats, the newest first: columns of a list, `archived`, `pinned`, `share_id`, `folder_id`."""
    condition, params = conditions(user_id, wanted)
    start = (page - 1) * size
    if not wanted.words:
        return select(f"SELECT {_COLUMNS} FROM chat WHERE {condition}{_ORDER} LIMIT ? OFFSET ?", *params, size, start)
    candidates = chat_index.candidates(user_id, wanted.words)
    if candidates is not None:
        return _among(condition, params, wanted.words, candidates)[start : start + size]
    return _walk(condition, params, wanted.words, start, size)


def _among(condition: str, params: list[Any], words: list[str], chat_ids: list[str]) -> list[dict[str, Any]]:
    """Those of a few chats that fit."""
    found: list[dict[str, Any]] = []
    matches, values = _matches(words)
    for begin in range(0, len(chat_ids), 400):
        batch = chat_ids[begin : begin + 400]
        sql = f"SELECT {_COLUMNS} FROM chat WHERE id IN ({marks(batch)}) AND {condition} AND {matches}"
        found += select(sql, *batch, *params, *values)
    return sorted(found, key=lambda row: (-(row["updated_at"] or 0), row["id"]))


def _matches(words: list[str]) -> tuple[str, list[str]]:
    """The SQL condition "each word is in the title or in a message"."""
    one = (
        f"({like('title')} OR EXISTS (SELECT 1 FROM chat_message m WHERE m.chat_id = chat.id "
        f"AND {text_like('m.content')}))"
    )
    values = [value for word in words for value in (pattern(word), text_pattern(word))]
    return " AND ".join([one] * len(words)), values


def _walk(condition: str, params: list[Any], words: list[str], start: int, size: int) -> list[dict[str, Any]]:
    """Chat by chat, the newest first, until the page is full: for words that are in many chats, or too
    short for an index."""
    matches, values = _matches(words)
    sql = f"SELECT {_COLUMNS} FROM chat WHERE {condition} AND {matches}{_ORDER} LIMIT ? OFFSET ?"
    return select(sql, *params, *values, size, start)


def hits(chat_ids: list[str], words: list[str], *, every: bool = False) -> dict[str, tuple[str, str]]:
    """For each of these chats that has one: the first message (its id and content as JSON text) that
    contains one of the words, or `every` one."""
    if not chat_ids or not words:
        return {}
    content = "m.content" if is_sqlite() else "m.content::text"
    condition = (" AND " if every else " OR ").join([text_like("m.content")] * len(words))
    rows = select(
        f"SELECT m.chat_id, m.id, {content} AS content FROM chat_message m "
        f"WHERE m.chat_id IN ({marks(chat_ids)}) AND ({condition}) ORDER BY m.created_at, m.id",
        *chat_ids,
        *[text_pattern(word) for word in words],
    )
    found: dict[str, tuple[str, str]] = {}
    for row in rows:
        found.setdefault(row["chat_id"], (row["id"].removeprefix(row["chat_id"] + "-"), row["content"]))
    return found


def last_texts(chat_ids: list[str]) -> dict[str, str]:
    """The content of each chat's current message, as JSON text."""
    content = "m.content" if is_sqlite() else "m.content::text"
    rows = select(
        f"SELECT chat.id AS chat_id, {content} AS content FROM chat JOIN chat_message m "
        f"ON m.id = chat.id || '-' || chat.current_message_id WHERE chat.id IN ({marks(chat_ids)})",
        *chat_ids,
    )
    return {row["chat_id"]: row["content"] for row in rows}
