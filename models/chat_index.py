"""The index behind the search for texts. It lies beside the shared tables and is kept by the database
itself, so that what the other server writes is found too; that server neither needs nor sees it.

SQLite: an FTS5 table of the trigrams of titles and messages, without a copy of the texts, and
triggers. PostgreSQL: trigram indexes (pg_trgm), where that extension can be had. Without either,
chats are walked through. `LIGHTWELL_SEARCH_INDEX=false` takes it away again.
"""

import logging
import re
import sqlite3
import threading
import time
from collections.abc import Callable

from peewee import DatabaseError

from models.base import database
from models.chat_lists import select
from models.database import is_sqlite
from models.json_codec import dumps
from models.large import is_cooperative

log = logging.getLogger("lightwell.database")

MOST_HITS = 3000
"""A word with more hits than this narrows nothing down: walking from the newest chat is faster."""
_LEAST_LETTERS = 3
_LOCK = 731947207

# images inlined as base64 are not text, and what is longer than a book is indexed up to there
_BIG = 65536
_INDEXED = (
    "CASE WHEN length({0}) > 65536 AND instr({0}, ';base64,') > 0 THEN '' ELSE substr(COALESCE({0}, ''), 1, 262144) END"
)
_WORDS = "lightwell_words"


def _text(column: str) -> str:
    return _INDEXED.format(column)


def _adding(name: str, chat: str, column: str) -> str:
    return (
        f"INSERT OR IGNORE INTO lightwell_text(name, chat_id) VALUES ({name}, {chat});"
        f"INSERT INTO {_WORDS}(rowid, content) SELECT rid, {_text(column)} FROM lightwell_text WHERE name = {name};"
    )


def _dropping(name: str, column: str, *, entirely: bool) -> str:
    # a table without content is told what it has to forget
    forget = (
        f"INSERT INTO {_WORDS}({_WORDS}, rowid, content)"
        f" SELECT 'delete', rid, {_text(column)} FROM lightwell_text WHERE name = {name};"
    )
    return forget + (f"DELETE FROM lightwell_text WHERE name = {name};" if entirely else "")


def _trigger(name: str, when: str, body: str) -> str:
    return f"CREATE TRIGGER IF NOT EXISTS lightwell_{name} AFTER {when} BEGIN {body} END"


def _changing(old: str, new: str, name: str) -> str:
    added = f"INSERT INTO {_WORDS}(rowid, content) SELECT rid, {_text(new)} FROM lightwell_text WHERE name = {name};"
    return _dropping(name, old, entirely=False) + added


_SQLITE = (
    "CREATE TABLE IF NOT EXISTS lightwell_text"
    " (rid INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, chat_id TEXT NOT NULL)",
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {_WORDS} USING fts5(content, content='', tokenize='trigram')",
    _trigger("message_new", "INSERT ON chat_message", _adding("NEW.id", "NEW.chat_id", "NEW.content")),
    _trigger(
        "message_changed",
        "UPDATE OF content ON chat_message WHEN OLD.content IS NOT NEW.content",
        _changing("OLD.content", "NEW.content", "NEW.id"),
    ),
    _trigger("message_gone", "DELETE ON chat_message", _dropping("OLD.id", "OLD.content", entirely=True)),
    _trigger("title_new", "INSERT ON chat", _adding("NEW.id", "NEW.id", "NEW.title")),
    _trigger(
        "title_changed",
        "UPDATE OF title ON chat WHEN OLD.title IS NOT NEW.title",
        _changing("OLD.title", "NEW.title", "NEW.id"),
    ),
    _trigger("title_gone", "DELETE ON chat", _dropping("OLD.id", "OLD.title", entirely=True)),
)
_PENDING = "lightwell_pending"
"""A table that is there while older texts are still to be indexed."""
_AT_ONCE = 20_000
"""So many messages are indexed before the start goes on; more, beside the requests."""
_BATCH = 300
_PAUSE = 0.02
_FILL = tuple(
    (
        f"SELECT min(rowid), max(rowid) FROM {table}",
        f"INSERT INTO lightwell_text(name, chat_id) SELECT m.id, m.{chat} FROM {table} m"
        " WHERE m.rowid BETWEEN ? AND ? AND NOT EXISTS (SELECT 1 FROM lightwell_text t WHERE t.name = m.id)",
        f"INSERT INTO {_WORDS}(rowid, content) SELECT t.rid, {_text(f'm.{text}')}"
        f" FROM lightwell_text t JOIN {table} m ON m.id = t.name WHERE t.rid > ? AND m.rowid BETWEEN ? AND ?",
    )
    for table, chat, text in (("chat", "id", "title"), ("chat_message", "chat_id", "content"))
)
_TRIGGERS = ("message_new", "message_changed", "message_gone", "title_new", "title_changed", "title_gone")

_SMALL = f"octet_length(content::text) < {_BIG}"
_POSTGRES = {
    "lightwell_words": f"ON chat_message USING gin ((content::text) gin_trgm_ops) WHERE {_SMALL}",
    "lightwell_big": f"ON chat_message (chat_id) WHERE NOT ({_SMALL})",
    "lightwell_titles": "ON chat USING gin (title gin_trgm_ops)",
}

_stands: list[bool] = [False]


def prepare(wanted: bool) -> None:
    """Makes the index where it is `wanted` and missing, takes it away where it is not. What takes long is done
    beside the requests; until then chats are walked through."""
    _stands[0] = False
    if not wanted:
        _drop()
        return
    try:
        _stands[0] = _prepare_sqlite() if is_sqlite() else _prepare_postgres()
    except DatabaseError as error:
        log.warning("no index for the search of chats, which will be slower: %s", str(error).strip())


def _few() -> bool:
    sql = f"SELECT count(*) AS n FROM (SELECT 1 FROM chat_message LIMIT {_AT_ONCE + 1}) few"
    return select(sql)[0]["n"] <= _AT_ONCE


def _beside(work: Callable[[], None]) -> None:
    """Runs `work` for as long as it takes: SQLite computes in this process, so that under gevent it needs a
    thread of the system's; PostgreSQL elsewhere."""

    def run() -> None:
        try:
            work()
            _stands[0] = True
        except (DatabaseError, sqlite3.Error) as error:
            log.warning("the index for the search of chats is not finished: %s", str(error).strip())

    if is_sqlite() and is_cooperative():
        import gevent  # noqa: PLC0415 - only under gevent

        gevent.get_hub().threadpool.spawn(run)
    else:
        threading.Thread(target=run, name="search-index", daemon=True).start()


# -- SQLite


def _prepare_sqlite() -> bool:
    present = {row["name"] for row in select("SELECT name FROM sqlite_master WHERE name LIKE 'lightwell%'")}
    if "lightwell_title_gone" not in present:
        with database.atomic("EXCLUSIVE"):
            _drop()
            database.execute_sql(f"CREATE TABLE {_PENDING} (since INTEGER)")
            for statement in _SQLITE:
                database.execute_sql(statement)
    elif _PENDING not in present:
        return True
    path = database.obj.database
    if _few():
        fill(path, pause=0)
        return True
    log.warning("indexing the texts of all chats for the search, beside the requests")
    _beside(lambda: fill(path, pause=_PAUSE))
    return False


def fill(path: str, pause: float) -> None:
    """Indexes what was there before the index, in small transactions over a connection of its own; what is
    interrupted goes on with the next start."""
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    try:
        for bounds, names, texts in _FILL:
            first, last = connection.execute(bounds).fetchone()
            for start in range(first or 0, (last or -1) + 1, _BATCH):
                window = (start, start + _BATCH - 1)
                connection.execute("BEGIN IMMEDIATE")
                highest = connection.execute("SELECT COALESCE(max(rid), 0) FROM lightwell_text").fetchone()[0]
                connection.execute(names, window)
                connection.execute(texts, (highest, *window))
                connection.execute("COMMIT")
                if pause:
                    _rest(pause)
        connection.execute(f"DROP TABLE IF EXISTS {_PENDING}")
    finally:
        connection.close()


def _rest(seconds: float) -> None:
    """Sleeps, in a thread that no greenlet waits in."""
    if is_cooperative():
        from gevent.monkey import get_original  # noqa: PLC0415 - only under gevent

        get_original("time", "sleep")(seconds)
    else:
        time.sleep(seconds)


# -- PostgreSQL


def _prepare_postgres() -> bool:
    if not _missing():
        return True
    if _few():
        with database.atomic():
            database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            database.execute_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for name in _missing():
                database.execute_sql(f"CREATE INDEX IF NOT EXISTS {name} {_POSTGRES[name]}")
        return True
    log.warning("indexing the texts of all chats for the search, beside the requests")
    _beside(_make_concurrently)
    return False


def _make_concurrently() -> None:
    """Makes the indexes without holding up writers; one process at a time."""
    with database.connection_context():
        database.execute_sql("SELECT pg_advisory_lock(%s)", (_LOCK,))
        try:
            database.execute_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for name in _missing():
                # one that was interrupted is there, but not valid
                database.execute_sql(f"DROP INDEX IF EXISTS {name}")
                database.execute_sql(f"CREATE INDEX CONCURRENTLY {name} {_POSTGRES[name]}")
        finally:
            database.execute_sql("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def _missing() -> list[str]:
    sql = (
        "SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND i.indisvalid"
    )
    known = {row["name"] for row in select(sql)}
    return [name for name in _POSTGRES if name not in known]


def _drop() -> None:
    if is_sqlite():
        for name in _TRIGGERS:
            database.execute_sql(f"DROP TRIGGER IF EXISTS lightwell_{name}")
        for name in (_WORDS, "lightwell_text", _PENDING):
            database.execute_sql(f"DROP TABLE IF EXISTS {name}")
    else:
        for name in _POSTGRES:
            database.execute_sql(f"DROP INDEX IF EXISTS {name}")


# -- asking


def candidates(words: list[str]) -> tuple[list[str] | None, list[str]]:
    """The ids of the chats that hold these words, whoever they belong to, archived or not, and the words
    that are still to be looked for in them. None: the index cannot narrow it down."""
    if not _stands[0]:
        return None, words
    found: set[str] | None = None
    left = []
    for word in words:
        chats = None if re.search("[%_]", word) or len(word) < _LEAST_LETTERS else _holding(word)
        if chats is None:
            left.append(word)
        else:
            found = chats if found is None else found & chats
    return (None if found is None else list(found)), left


def _holding(word: str) -> set[str] | None:
    text = dumps(word)[1:-1]  # as it stands in JSON
    rows = _in_sqlite(word, text) if is_sqlite() else _in_postgres(word, text)
    return None if len(rows) >= MOST_HITS else {row["chat_id"] for row in rows}


def _in_sqlite(word: str, text: str) -> list[dict]:
    sql = (
        f"SELECT t.chat_id FROM (SELECT rowid FROM {_WORDS} WHERE {_WORDS} MATCH ? LIMIT {MOST_HITS}) w"
        " JOIN lightwell_text t ON t.rid = w.rowid"
    )
    found = select(sql, _quoted(text))
    # titles are no JSON; the quotes around a message's text are none of its own
    return found if word == text else found + select(f"{sql} WHERE t.name = t.chat_id", _quoted(word))


def _quoted(text: str) -> str:
    """A text as FTS5 takes it as it is."""
    return '"' + text.replace('"', '""') + '"'


def _in_postgres(word: str, text: str) -> list[dict]:
    escaped, title = (one.replace("\\", "\\\\") for one in (text, word))
    return select(
        f"(SELECT chat_id FROM chat_message WHERE {_SMALL} AND content::text ILIKE ? LIMIT {MOST_HITS})"
        f" UNION ALL (SELECT chat_id FROM chat_message WHERE NOT ({_SMALL}) AND content::text ILIKE ?)"
        " UNION ALL (SELECT id FROM chat WHERE title ILIKE ?)",
        f"%{escaped}%",
        f"%{escaped}%",
        f"%{title}%",
    )
