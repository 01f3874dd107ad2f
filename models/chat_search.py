"""Finding chats by what was written in them.

Titles are in the chat's row, texts in the rows of messages. What is asked is a list of words, each a
part of the title or of some message, whatever its case; `%` and `_` keep their meaning in LIKE, as on
the other server. Text lies in the rows as JSON, so a word is looked for in its JSON form.
"""

from dataclasses import dataclass, field
from typing import Any

from models import chat_index
from models.chat_lists import PAGE, by_index, has_tag, like, made, marks, no, pattern, select, shown, untagged, yes
from models.database import is_sqlite
from models.json_codec import dumps


@dataclass
class Wanted:
    """What to look for: `words`, each somewhere in the chat; `phrase` is how they were asked, for the snippet.
    None: either; `folder_ids` of none: no chat at all."""

    words: list[str] = field(default_factory=list)
    phrase: str = ""
    tag_ids: list[str] = field(default_factory=list)
    without_tags: bool = False
    folder_ids: list[str] | None = None
    pinned: bool | None = None
    archived: bool | None = None
    shared: bool | None = None


def escaped(word: str) -> str:
    """A word as it stands in JSON text."""
    return dumps(word)[1:-1]


def text_like(column: str, word: str) -> str:
    """The SQL condition "the message's text `column` contains the word"; its parameter is `text_pattern`."""
    return like(column if is_sqlite() else f"{column}::text", word)


def text_pattern(word: str, *, literal: bool = False) -> str:
    """The parameter of `text_like`."""
    return pattern(escaped(word), literal=literal)


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
    """The chats that hold the words as they were asked, the newest first, and then the others: columns of a
    list, `archived`, `pinned`, `share_id`, `folder_id`."""
    start = (page - 1) * size
    if not wanted.words or wanted.words == [wanted.phrase]:
        return _found(user_id, wanted, wanted.words, size, start)
    first = _found(user_id, wanted, [wanted.phrase], start + size, 0)
    shown = first[start:]
    if len(shown) < size:
        left = max(start - len(first), 0)
        shown += _found(user_id, wanted, wanted.words, size - len(shown), left, besides=[row["id"] for row in first])
    return shown


def _found(
    user_id: str, wanted: Wanted, words: list[str], size: int, start: int, besides: list[str] | None = None
) -> list[dict[str, Any]]:
    condition, params = conditions(user_id, wanted)
    if words:
        condition, params = narrowed(condition, params, words)
    if besides:
        condition += f" AND NOT {one_of()}"
        params = [*params, dumps(besides)]
    chat = by_index("archive" if wanted.archived else "list")
    sql = f"SELECT {_COLUMNS} FROM {chat} WHERE {condition}{_ORDER} LIMIT ? OFFSET ?"
    return select(sql, *params, size, start)


def narrowed(condition: str, params: list[Any], words: list[str], *, literal: bool = False) -> tuple[str, list[Any]]:
    """An SQL condition and its parameters with "each word is in the title or in a message" added. Words that
    are in very many chats, or too short for the index, are looked for chat by chat."""
    ids, left = chat_index.candidates(words)
    if ids is not None:
        condition += f" AND {one_of()}"
        params = [*params, dumps(ids)]
    for word in left:
        condition += (
            f" AND ({like('title', word)} OR EXISTS (SELECT 1 FROM chat_message m WHERE m.chat_id = chat.id "
            f"AND {text_like('m.content', word)}))"
        )
        params = [*params, pattern(word, literal=literal), text_pattern(word, literal=literal)]
    return condition, params


def one_of() -> str:
    """The SQL condition "is one of a JSON list of ids". The plus keeps SQLite to the list's index, which
    is in order and holds all that is filtered by."""
    if is_sqlite():
        return "+id IN (SELECT value FROM json_each(?))"
    return "id IN (SELECT json_array_elements_text(?::json))"


def hits(chat_ids: list[str], words: list[str], *, every: bool = False) -> dict[str, tuple[str, str]]:
    """For each of these chats that has one: the first message (its id and content as JSON text) that
    contains one of the words, or `every` one. A content in parts is no text."""
    if not chat_ids or not words:
        return {}
    content = "m.content" if is_sqlite() else "m.content::text"
    condition = (" AND " if every else " OR ").join(text_like("m.content", word) for word in words)
    rows = select(
        f"SELECT m.chat_id, m.id, {content} AS content FROM chat_message m WHERE m.chat_id IN ({marks(chat_ids)}) "
        f"AND ({condition}) AND substr({content}, 1, 1) = '\"' ORDER BY m.created_at, m.{made()}",
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
        f"SELECT chat.id AS chat_id, {content} AS content FROM {by_index('head')} JOIN chat_message m "
        f"ON m.id = chat.id || '-' || chat.current_message_id WHERE chat.id IN ({marks(chat_ids)})",
        *chat_ids,
    )
    return {row["chat_id"]: row["content"] for row in rows}
