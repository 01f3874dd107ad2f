"""What the search across kinds finds: chats, channel messages and notes that somebody may read.

The words of a query must all be in one item; each is a part of it, whatever its case, and no character
has a special meaning. A kind is asked for a page and one more, newest first.
"""

from dataclasses import dataclass
from typing import Any

from models.chat_lists import by_index, like, marks, no, pattern, select, shown, yes
from models.chat_search import narrowed
from models.database import is_sqlite


@dataclass(frozen=True)
class Reader:
    """Who searches: the user and his groups."""

    user_id: str
    group_ids: list[str]


def _granted(kind: str, column: str, reader: Reader) -> tuple[str, list[Any]]:
    """The SQL condition "holds a read grant", and its parameters."""
    groups = f" OR (a.principal_type = 'group' AND a.principal_id IN ({marks(reader.group_ids)}))"
    condition = (
        f"EXISTS (SELECT 1 FROM access_grant a WHERE a.resource_type = '{kind}' AND a.resource_id = {column} "
        f"AND a.permission = 'read' AND ((a.principal_type = 'user' AND a.principal_id IN (?, '*'))"
        f"{groups if reader.group_ids else ''}))"
    )
    return condition, [reader.user_id, *reader.group_ids]


def _sharing(column: str, sharing: str, reader: Reader) -> tuple[str, list[Any]]:
    if sharing == "all":
        return "", []
    return f" AND {column} {'=' if sharing == 'mine' else '<>'} ?", [reader.user_id]


def chats(
    reader: Reader, words: list[str], sharing: str, folder_ids: list[str], scope: list[str] | None, most: int
) -> list[dict[str, Any]]:
    """At most `most` of each: pinned chats of the user, others of his, and those of others in `folder_ids`
    (folders that he may read); archived ones left out. `scope`: only in these folders. Where words are asked,
    `most` whose title holds them as they were asked are among them."""
    own, others = f"user_id = ? AND archived = {no()}", f"user_id <> ? AND archived = {no()}"
    within, inside = (f" AND folder_id IN ({marks(scope)})", scope) if scope is not None else ("", [])
    found: list[dict[str, Any]] = []
    if sharing != "shared":
        mine = [reader.user_id, *inside]
        found += _chats("pins", f"{own} AND pinned = {yes()}{within}", mine, words, most)
        found += _chats("list", f"{own} AND (pinned IS NULL OR pinned = {no()}){within}", mine, words, most)
    visible = [one for one in folder_ids if scope is None or one in scope]
    if sharing != "mine" and visible:
        condition = f"{others} AND folder_id IS NOT NULL AND folder_id IN ({marks(visible)})"
        found += _chats("within", condition, [reader.user_id, *visible], words, most)
    return found


def _chats(index: str, condition: str, params: list[Any], words: list[str], most: int) -> list[dict[str, Any]]:
    sql = f"SELECT id, user_id, title, updated_at, pinned, share_id, folder_id FROM {by_index(index)} WHERE "
    order = " ORDER BY updated_at DESC, id LIMIT ?"
    condition += f" AND {shown()}"
    found = []
    if words:
        phrase = " ".join(words)
        titled = f" AND {like('title', phrase)}"
        found = select(f"{sql}{condition}{titled}{order}", *params, pattern(phrase, literal=True), most)
    condition, params = narrowed(condition, params, words, literal=True)
    known = {row["id"] for row in found}
    return found + [row for row in select(f"{sql}{condition}{order}", *params, most) if row["id"] not in known]


_CHANNEL = """
    c.archived_at IS NULL AND c.deleted_at IS NULL AND (
        ((c.type IS NULL OR c.type = '') AND (c.user_id = ? OR {granted}))
        OR (c.type IN ('group', 'dm') AND EXISTS (
            SELECT 1 FROM channel_member cm WHERE cm.channel_id = c.id AND cm.user_id = ? AND cm.is_active = {yes})))
"""


def channels(reader: Reader, everything: bool) -> list[dict[str, Any]]:
    """The channels whose messages the user may read: `id`, `name`, `type`. `everything`: all standard
    ones, for an administrator."""
    granted, params = _granted("channel", "c.id", reader)
    condition = _CHANNEL.format(granted=f"({granted} OR 1 = 1)" if everything else granted, yes=yes())
    sql = f"SELECT c.id, c.name, c.type FROM channel c WHERE {condition} ORDER BY c.name, c.id"
    return select(sql, reader.user_id, *params, reader.user_id)


def messages(
    reader: Reader, words: list[str], sharing: str, channel_ids: list[str], window: tuple
) -> list[dict[str, Any]]:
    """Messages of these channels, with the author's name; times in nanoseconds."""
    where, params = f"m.channel_id IN ({marks(channel_ids)})", list(channel_ids)
    more, values = _sharing("m.user_id", sharing, reader)
    where, params = where + more, params + values
    for word in words:
        where += f" AND {like('m.content', word)}"
        params.append(pattern(word, literal=True))
    return select(
        "SELECT m.id, m.channel_id, m.parent_id, m.content, m.created_at, u.name AS author FROM message m "
        f'LEFT JOIN "user" u ON u.id = m.user_id WHERE {where} ORDER BY m.created_at DESC, m.id LIMIT ? OFFSET ?',
        *params,
        *window,
    )


def notes(reader: Reader, words: list[str], sharing: str, everything: bool, window: tuple) -> list[dict[str, Any]]:
    """Notes with their Markdown; times in nanoseconds. `everything`: an administrator sees all."""
    granted, values = _granted("note", "n.id", reader)
    text = "json_extract(n.data, '$.content.md')" if is_sqlite() else "n.data#>>'{content,md}'"
    where, params = ("1 = 1", []) if everything else (f"(n.user_id = ? OR {granted})", [reader.user_id, *values])
    more, own = _sharing("n.user_id", sharing, reader)
    where, params = where + more, params + own
    for word in words:
        where += f" AND ({like('n.title', word)} OR {like(text, word)})"
        params += [pattern(word, literal=True)] * 2
    pinned = "EXISTS (SELECT 1 FROM pinned_note p WHERE p.note_id = n.id AND p.user_id = ?)"
    return select(
        f"SELECT n.id, n.user_id, n.title, n.updated_at, {text} AS text, {pinned} AS pinned FROM note n "
        f"WHERE {where} ORDER BY n.updated_at DESC, n.id LIMIT ? OFFSET ?",
        reader.user_id,
        *params,
        *window,
    )
