"""Chats in lists: pages, pinned, archived, by folder, tag and owner, and what is unread.

No query here reads a document. On SQLite a row's columns behind the document can only be reached by
walking through it, so indexes of our own (`prepare`) hold what the lists filter and sort by; the
other server neither needs nor minds them. Ties are ordered by id, as there.
"""

from collections.abc import Sequence
from typing import Any

from models.base import database
from models.database import FOLD, fold, is_sqlite

PAGE = 60
_LARGEST = 2**40
_LOCK = 731947208

_INTERNAL = {
    # written compact by both servers, so the text tells
    True: """instr(meta, '"internal":true') = 0""",
    False: "(meta->>'internal') IS DISTINCT FROM 'true'",
}
_YES, _NO = {True: "1", False: "true"}, {True: "0", False: "false"}

_ORDERS = {
    "title": "title {dir}, id",
    "updated_at": "updated_at {dir}, id",
    "unread_updated_at": "(updated_at > COALESCE(last_read_at, 0)) DESC, updated_at DESC, id",
}
_MANAGED_COLUMNS = ("title", "created_at", "updated_at")

_INDEXES = (
    "lightwell_chat_list ON chat (user_id, updated_at DESC, id, folder_id, pinned, last_read_at, created_at) "
    "WHERE archived = {no} AND {shown}",
    # the sidebar's: small, since a late page walks over all entries before it
    "lightwell_chat_sidebar ON chat (user_id, updated_at DESC, id, last_read_at) "
    "WHERE archived = {no} AND {shown} AND folder_id IS NULL AND (pinned IS NULL OR pinned = {no})",
    "lightwell_chat_pins ON chat (user_id, updated_at DESC, id, folder_id, pinned, last_read_at) "
    "WHERE pinned = {yes} AND {shown}",
    "lightwell_chat_archive ON chat (user_id, updated_at DESC, id, folder_id, pinned, last_read_at) "
    "WHERE archived = {yes} AND {shown}",
    "lightwell_chat_shared ON chat (user_id, updated_at DESC, id) WHERE share_id IS NOT NULL",
    "lightwell_chat_within ON chat "
    "(folder_id, updated_at DESC, id, user_id, archived, pinned, last_read_at, created_at) "
    "WHERE folder_id IS NOT NULL AND {shown}",
    "lightwell_chat_unread ON chat (user_id, folder_id, id) "
    "WHERE archived = {no} AND (last_read_at IS NULL OR updated_at > last_read_at) AND {shown}",
    "lightwell_chat_inner ON chat (id, meta) WHERE instr(meta, '\"parent_chat_id\":') > 0",
    # one chat's, whatever it holds
    "lightwell_chat_head ON chat "
    "(id, pinned, folder_id, last_read_at, current_message_id, summary, timer_at, tasks, variables, meta)",
    "lightwell_chat_tags ON chat (user_id, updated_at DESC, id, archived, last_read_at, meta) WHERE {tagged}",
)
_FORMER = ("side", "pinned", "archived", "tagged", "folder")
"""Indexes of earlier versions, which left out what lies behind the document."""
_TAGGED = {True: """instr(meta, '"tags":["') > 0""", False: None}


def shown() -> str:
    """The SQL condition "not a chat inside another feature"."""
    return _INTERNAL[is_sqlite()]


def yes() -> str:
    """The SQL literal for true."""
    return _YES[is_sqlite()]


def no() -> str:
    """The SQL literal for false."""
    return _NO[is_sqlite()]


def prepare() -> None:
    """Creates the indexes that are not there yet; once, however many processes start together."""
    lite = is_sqlite()
    # PostgreSQL keeps documents out of the row, and has no order for its json type
    wanted = [text for text in _INDEXES if lite or "meta)" not in text]
    if not _missing(wanted):
        return
    with database.atomic("IMMEDIATE") if lite else database.atomic():
        if not lite:
            database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        for name in _FORMER:
            database.execute_sql(f"DROP INDEX IF EXISTS lightwell_chat_{name}")
        for text in _missing(wanted):
            database.execute_sql(
                "CREATE INDEX IF NOT EXISTS " + text.format(yes=yes(), no=no(), shown=shown(), tagged=_TAGGED[lite])
            )


def _missing(wanted: list[str]) -> list[str]:
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'index'"
        if is_sqlite()
        else "SELECT indexname AS name FROM pg_indexes WHERE schemaname = current_schema()"
    )
    known = {row["name"] for row in select(names)}
    return [text for text in wanted if text.split()[0] not in known]


def select(sql: str, *params: Any) -> list[dict[str, Any]]:
    """Rows as dicts by column name; `?` stands for a parameter."""
    cursor = database.execute_sql(sql if is_sqlite() else sql.replace("%", "%%").replace("?", "%s"), params)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def marks(values: Sequence[Any]) -> str:
    """`?, ?, …` for an IN list; of none, a list that nothing is in."""
    return ", ".join("?" * len(values)) or "NULL"


def _window(page: int | None, size: int) -> tuple[str, tuple[int, ...]]:
    if page is None:
        return "", ()
    return " LIMIT ? OFFSET ?", (size, min((max(page, 1) - 1) * size, _LARGEST))


def order(sort_by: str | None, sort_dir: str | None, default: str = "updated_at") -> str:
    """The ORDER BY of a request; what is not known is the time of the last change."""
    known = _ORDERS.get(sort_by or default, _ORDERS["updated_at"])
    return " ORDER BY " + known.format(dir=_direction(sort_dir))


def _direction(direction: str | None) -> str:
    return "ASC" if str(direction).lower() == "asc" else "DESC"


def made() -> str:
    """What tells in which order rows were made."""
    return "rowid" if is_sqlite() else "ctid"


_LISTED = "SELECT id, title, updated_at, created_at, last_read_at FROM {chat} WHERE "
_UNTOLD = _LISTED.replace("last_read_at", "NULL AS last_read_at")


def by_index(name: str) -> str:
    """The table, read through one of our indexes: SQLite's planner would take a smaller one and then walk
    through every document it skips."""
    return f"chat INDEXED BY lightwell_chat_{name}" if is_sqlite() else "chat"


def _listed(index: str | None = None) -> str:
    return _LISTED.format(chat=by_index(index) if index else "chat")


def page_of(
    user_id: str,
    page: int | None,
    *,
    pinned: bool = False,
    folders: bool = False,
    sort_by: str | None = None,
    sort_dir: str | None = None,
) -> list[dict[str, Any]]:
    """The sidebar's list: not archived; those pinned and those in folders only when asked for."""
    where = f"user_id = ? AND archived = {no()} AND {shown()}"
    if not folders:
        where += " AND folder_id IS NULL"
    if not pinned:
        where += f" AND (pinned IS NULL OR pinned = {no()})"
    limit, window = _window(page, PAGE)
    index = "list" if pinned or folders else "sidebar"
    return select(_listed(index) + where + order(sort_by, sort_dir) + limit, user_id, *window)


def pinned_of(user_id: str) -> list[dict[str, Any]]:
    """The pinned chats, those in folders too."""
    where = f"user_id = ? AND pinned = {yes()} AND archived = {no()} AND {shown()}"
    return select(_listed("pins") + where + order(None, None), user_id)


def in_folder(
    folder_id: str, user_id: str, page: int | None, size: int, sort_by: str | None, sort_dir: str | None
) -> list[dict[str, Any]]:
    """The user's own chats in one folder; pinned ones are listed elsewhere."""
    limit, window = _window(page, size)
    where = f"folder_id = ? AND user_id = ? AND {_in_a_folder()}"
    return select(
        _listed("within") + where + order(sort_by, sort_dir, "unread_updated_at") + limit, folder_id, user_id, *window
    )


def ids_of(user_id: str, condition: str = "1 = 1", *params: Any, oldest_first: bool = False) -> list[str]:
    """The ids of the user's chats for which an SQL condition holds, archived ones too, by last change."""
    where = "id IN (SELECT id FROM chat WHERE user_id = ?)" if is_sqlite() else "user_id = ?"
    order = " ORDER BY updated_at ASC, id" if oldest_first else " ORDER BY updated_at DESC, id"
    sql = f"SELECT id FROM {by_index('head')} WHERE {where} AND {shown()} AND {condition}{order}"
    return [row["id"] for row in select(sql, user_id, *params)]


def _in_a_folder() -> str:
    """The SQL condition of what the lists of a folder show."""
    return f"folder_id IS NOT NULL AND (pinned IS NULL OR pinned = {no()}) AND archived = {no()} AND {shown()}"


def whole_folders(folder_ids: list[str], user_id: str) -> list[str]:
    """The ids of all the user's own chats in these folders; of those changed at once, the one made last first."""
    where = f"folder_id IN ({marks(folder_ids)}) AND user_id = ? AND {_in_a_folder()}"
    order = f" ORDER BY updated_at DESC, {made()} DESC"
    rows = select(f"SELECT id FROM {by_index('within')} WHERE {where}{order}", *folder_ids, user_id)
    return [row["id"] for row in rows]


def everyones_in_folder(
    folder_id: str, page: int | None, size: int, sort_by: str | None, sort_dir: str | None
) -> tuple[list[dict[str, Any]], int]:
    """All people's chats in a shared folder, with `user_id`, and how many there are."""
    where = f"folder_id = ? AND {_in_a_folder()}"
    limit, window = _window(page, size)
    chat = by_index("within")
    columns = f"SELECT id, title, user_id, updated_at, created_at, last_read_at FROM {chat} WHERE "
    rows = select(columns + where + order(sort_by, sort_dir, "unread_updated_at") + limit, folder_id, *window)
    total = len(rows) if page is None else select(f"SELECT count(*) AS n FROM {chat} WHERE {where}", folder_id)[0]["n"]
    return rows, total


def archived_of(
    user_id: str, page: int | None, query: str | None, order_by: str | None, direction: str | None
) -> list[dict[str, Any]]:
    """The archived chats, by a part of the title where one is given; `last_read_at` is not told."""
    where = f"user_id = ? AND archived = {yes()} AND {shown()}"
    return _managed(where, [user_id], page, query, order_by, direction, listed=_UNTOLD, chat=by_index("archive"))


def all_of(
    user_id: str, page: int | None, query: str | None, order_by: str | None, direction: str | None
) -> list[dict[str, Any]]:
    """An account's chats for an administrator, archived ones too."""
    parts = [
        f"SELECT id FROM {by_index(name)} WHERE user_id = ? AND archived = {archived} AND {shown()}"
        for name, archived in (("list", no()), ("archive", yes()))
    ]
    return _managed(f"id IN ({' UNION ALL '.join(parts)})", [user_id, user_id], page, query, order_by, direction)


def _managed(
    where: str,
    params: list[Any],
    page: int | None,
    query: str | None,
    order_by: str | None,
    direction: str | None,
    *,
    listed: str = _LISTED,
    chat: str = "chat",
) -> list[dict[str, Any]]:
    """The page's ids first: what lies behind the document is read for them only."""
    if query:
        where += f" AND {like('title', query)}"
        params = [*params, pattern(query)]
    limit, window = _window(page or 1, PAGE)
    order = _managed_order(query, order_by, direction)
    ids = f"SELECT id FROM {chat} WHERE {where}{order}{limit}"
    return select(f"{listed.format(chat=by_index('head'))}id IN ({ids}){order}", *params, *window)


def _managed_order(query: str | None, order_by: str | None, direction: str | None) -> str:
    """The ORDER BY of a list in the settings: by the last change where nothing is asked, by a column where one and
    a direction are; else as the rows were made, as on the other server."""
    if not (query or order_by or direction):
        return " ORDER BY updated_at DESC, id"
    if order_by in _MANAGED_COLUMNS and direction:
        return f" ORDER BY {order_by} {_direction(direction)}, id"
    return f" ORDER BY {made()}"


def shared_of(
    user_id: str, page: int | None, query: str | None, order_by: str | None, direction: str | None
) -> list[dict[str, Any]]:
    """The user's share links: `id` and `chat_id` are the chat's, times and title the snapshot's."""
    where, params = "user_id = ?", [user_id]
    if query:
        where += f" AND {like('title', query)}"
        params.append(pattern(query))
    limit, window = _window(page or 1, PAGE)
    columns = "SELECT chat_id AS id, chat_id, title, id AS share_id, updated_at, created_at FROM shared_chat WHERE "
    order = _managed_order(query, order_by, direction).replace(", id", f", {made()}")
    return select(columns + where + order + limit, *params, *window)


def count_archived(user_id: str) -> int:
    """How many archived chats there are."""
    sql = f"SELECT count(*) AS n FROM {by_index('archive')} WHERE user_id = ? AND archived = {yes()} AND {shown()}"
    return select(sql, user_id)[0]["n"]


def tagged(user_id: str, tag_id: str, skip: int, limit: int | None) -> list[dict[str, Any]]:
    """The chats that carry a tag, archived ones too."""
    has, params = has_tag(tag_id)
    where = f"user_id = ? AND {shown()} AND {has}"
    window = "" if limit is None else " LIMIT ? OFFSET ?"
    paged = () if limit is None else (min(limit, _LARGEST) if limit >= 0 else _LARGEST, min(skip, _LARGEST))
    return select(_listed("tags") + where + order(None, None) + window, user_id, *params, *paged)


def has_tag(tag_id: str) -> tuple[str, tuple[str, ...]]:
    """The SQL condition "carries the tag" and its parameters."""
    if is_sqlite():
        each = "EXISTS (SELECT 1 FROM json_each(chat.meta, '$.tags') WHERE json_each.value = ?)"
        return f"({_TAGGED[True]} AND {each})", (tag_id,)
    return "(meta->'tags')::jsonb @> to_jsonb(?::text)", (tag_id,)


def untagged() -> str:
    """The SQL condition "carries no tag"."""
    if is_sqlite():
        return f"NOT ({_TAGGED[True]})"
    return "COALESCE(meta->>'tags', '[]') IN ('[]', '')"


# -- unread

_BUSY = "NOT EXISTS (SELECT 1 FROM chat_message m WHERE m.chat_id = chat.id AND m.role = 'assistant' AND m.done = {no})"


def _unread() -> str:
    return (
        f"archived = {no()} AND (last_read_at IS NULL OR updated_at > last_read_at) AND {shown()} "
        f"AND {_BUSY.format(no=no())}"
    )


def unread_by_folder(user_id: str) -> dict[str, int]:
    """How many of the user's chats are unread, by folder; folders without any are absent."""
    sql = (
        f"SELECT folder_id, count(*) AS n FROM {by_index('unread')} "
        f"WHERE user_id = ? AND folder_id IS NOT NULL AND {_unread()} GROUP BY folder_id"
    )
    return {row["folder_id"]: row["n"] for row in select(sql, user_id)}


def mark_read(user_id: str, moment: int, folder_ids: list[str] | None = None) -> int:
    """Marks the user's chats (of these folders) read; returns how many there are. Only rows that were
    unread are written: on SQLite a write copies the row, document and all."""
    where, params = f"user_id = ? AND archived = {no()} AND {shown()}", [user_id]
    if folder_ids is not None:
        where += f" AND folder_id IN ({marks(folder_ids)})"
        params += folder_ids
    total = select(f"SELECT count(*) AS n FROM {by_index('list')} WHERE {where}", *params)[0]["n"]
    unread = "(last_read_at IS NULL OR updated_at > last_read_at)"
    sql = f"UPDATE {by_index('unread')} SET last_read_at = ? WHERE {where} AND {unread}"
    database.execute_sql(sql if is_sqlite() else sql.replace("?", "%s"), (moment, *params))
    return total


# -- text in titles


def like(column: str, text: str) -> str:
    """The SQL condition "`column` contains `text`", whatever the case; its parameter is `pattern(text)`.
    SQLite's own LIKE folds ASCII only, and is the faster one."""
    if not is_sqlite():
        return f"{column} ILIKE ? ESCAPE '\\'"
    return f"{column} LIKE ? ESCAPE '\\'" if text.isascii() else f"{FOLD}({column}) LIKE ? ESCAPE '\\'"


def pattern(text: str, *, literal: bool = False) -> str:
    """The parameter of `like`; `%` and `_` keep their meaning, as on the other server, unless `literal`."""
    text = text.replace("\\", "\\\\")
    if literal:
        text = text.replace("%", "\\%").replace("_", "\\_")
    return f"%{fold(text)}%" if is_sqlite() else f"%{text}%"
