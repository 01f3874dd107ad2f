"""The index behind the search for texts. It lies beside the shared tables and is kept by the database
itself, so that what the other server writes is found too; that server neither needs nor sees it.

SQLite: an FTS5 table of the trigrams of titles and messages, without a copy of the texts, and
triggers. PostgreSQL: trigram indexes (pg_trgm), where that extension can be had. Without either,
chats are walked through. `LIGHTWELL_SEARCH_INDEX=false` takes it away again.
"""

import logging
import re
import time

from peewee import DatabaseError

from models.base import database
from models.chat_lists import select
from models.database import is_sqlite
from models.json_codec import dumps

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
_FILL = (
    "INSERT INTO lightwell_text(name, chat_id) SELECT id, chat_id FROM chat_message",
    "INSERT INTO lightwell_text(name, chat_id) SELECT id, id FROM chat",
    f"INSERT INTO {_WORDS}(rowid, content) SELECT t.rid, {_text('m.content')}"
    " FROM lightwell_text t JOIN chat_message m ON m.id = t.name",
    f"INSERT INTO {_WORDS}(rowid, content) SELECT t.rid, {_text('c.title')}"
    " FROM lightwell_text t JOIN chat c ON c.id = t.name",
)
_TRIGGERS = ("message_new", "message_changed", "message_gone", "title_new", "title_changed", "title_gone")

_SMALL = f"octet_length(content::text) < {_BIG}"
_POSTGRES = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX IF NOT EXISTS lightwell_words ON chat_message"
    f" USING gin ((content::text) gin_trgm_ops) WHERE {_SMALL}",
    f"CREATE INDEX IF NOT EXISTS lightwell_big ON chat_message (chat_id) WHERE NOT ({_SMALL})",
    "CREATE INDEX IF NOT EXISTS lightwell_titles ON chat USING gin (title gin_trgm_ops)",
)
_POSTGRES_NAMES = ("lightwell_words", "lightwell_big", "lightwell_titles")

_stands: list[bool] = [False]


def prepare(wanted: bool) -> None:
    """Makes the index where it is `wanted` and missing, takes it away where it is not."""
    if not wanted:
        _drop()
        _stands[0] = False
        return
    try:
        _make_sqlite() if is_sqlite() else _make_postgres()
        _stands[0] = True
    except DatabaseError as error:
        _stands[0] = False
        log.warning("no index for the search of chats, which will be slower: %s", str(error).strip())


def _make_sqlite() -> None:
    if select("SELECT name FROM sqlite_master WHERE name = 'lightwell_title_gone'"):
        return
    began = time.monotonic()
    with database.atomic("EXCLUSIVE"):
        if select("SELECT name FROM sqlite_master WHERE name = 'lightwell_title_gone'"):
            return
        _drop()
        for statement in (*_SQLITE[:2], *_FILL, *_SQLITE[2:]):
            database.execute_sql(statement)
    if (seconds := time.monotonic() - began) > 1:
        log.warning("indexed the texts of all chats for the search in %.0f s", seconds)


def _make_postgres() -> None:
    known = select("SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()")
    if {row["indexname"] for row in known} >= set(_POSTGRES_NAMES):
        return
    with database.atomic():
        database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        for statement in _POSTGRES:
            database.execute_sql(statement)


def _drop() -> None:
    if is_sqlite():
        for name in _TRIGGERS:
            database.execute_sql(f"DROP TRIGGER IF EXISTS lightwell_{name}")
        database.execute_sql(f"DROP TABLE IF EXISTS {_WORDS}")
        database.execute_sql("DROP TABLE IF EXISTS lightwell_text")
    else:
        for name in _POSTGRES_NAMES:
            database.execute_sql(f"DROP INDEX IF EXISTS {name}")


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
    asked = " OR ".join('"' + one.replace('"', '""') + '"' for one in dict.fromkeys((word, text)))
    return select(
        f"SELECT t.chat_id FROM (SELECT rowid FROM {_WORDS} WHERE {_WORDS} MATCH ? LIMIT {MOST_HITS}) w"
        " JOIN lightwell_text t ON t.rid = w.rowid",
        asked,
    )


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
