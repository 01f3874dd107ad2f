"""Documents of many megabytes between this process and the database, in steps and without further copies.

SQLite: read through its handle for single values; written by a function that it calls, whose result it
takes over, so that no parameter stays in a statement. PostgreSQL: read and written in pieces that are
joined there.
"""

import functools
import sqlite3
from typing import Any

from peewee import SQL, Cast, fn
from peewee import __exception_wrapper__ as exception_wrapper

from models import json_codec, json_pieces
from models.base import database
from models.database import DEPOSITED, Deposit, is_sqlite
from models.json_pieces import Parts
from models.large import LARGE, aside

_STEP = 2**20
_FAR = LARGE // 4
"""Stored bytes from which on PostgreSQL is asked for pieces; it compresses."""

Text = str | bytes | bytearray


def decoded(text: Text) -> Any:
    """The value of a document's text."""
    if len(text) < LARGE:
        return json_codec.loads(text)
    return aside(json_pieces.loads if is_large(text) else json_codec.loads, text)


def is_large(text: Text | None) -> bool:
    """Whether a document goes in steps."""
    return text is not None and len(text) >= json_pieces.WORTH


def encoded(document: Any, size: int) -> bytes | list[bytes]:
    """The text of a document of about `size` bytes; a large one's in pieces."""
    if size < LARGE:
        return json_codec.dumps_bytes(document)
    return aside(json_pieces.pieces if size >= json_pieces.WORTH else json_codec.dumps_bytes, document)


def columns() -> str:
    """What a query on `chat` or `shared_chat` selects so that `text` knows the document; at the end."""
    if is_sqlite():
        return "rowid AS place"
    return f"CASE WHEN pg_column_size(chat) < {_FAR} THEN chat END AS near, chat IS NULL AS missing, id AS place"


def text(row: dict[str, Any], table: str = "chat") -> Text | None:
    """The document of a row of `table` that has `columns`, which are taken out of it: bytes, or as large ones
    `bytearray`, or on PostgreSQL a str. Within the transaction of that query, on SQLite."""
    place = row.pop("place")
    if is_sqlite():
        return _from_sqlite(table, place)
    near, missing = row.pop("near"), row.pop("missing")
    return near if near is not None or missing else _from_postgres(table, place)


_NO_TEXT = "cannot open value of type"
"""What SQLite says of a column that holds nothing, or a number."""


def _from_sqlite(table: str, place: int) -> bytes | bytearray | None:
    try:
        blob = database.connection().blobopen(table, "chat", place, readonly=True)
    except sqlite3.OperationalError as error:
        if _NO_TEXT in str(error):
            return None
        with exception_wrapper:
            raise
    with exception_wrapper, blob:
        return blob.read() if len(blob) < json_pieces.WORTH else aside(_in_steps, blob)


def _in_steps(blob: Any) -> bytearray:
    found = bytearray()
    while piece := blob.read(_STEP):
        found += piece
    return found


def _from_postgres(table: str, row_id: str) -> bytearray:
    found = bytearray()
    with database.atomic():
        database.execute_sql(
            "DECLARE lightwell_pieces NO SCROLL CURSOR FOR"
            f" WITH whole AS MATERIALIZED (SELECT convert_to(chat::text, 'UTF8') AS it FROM {table} WHERE id = %s)"
            f" SELECT substring(it FROM 1 + n * {_STEP} FOR {_STEP})"
            f" FROM whole, generate_series(0, (octet_length(it) - 1) / {_STEP}) n",
            (row_id,),
        )
        while (piece := database.execute_sql("FETCH 1 FROM lightwell_pieces").fetchone()) is not None:
            found += piece[0]
        database.execute_sql("CLOSE lightwell_pieces")
    return found


def expression(parts: Parts) -> Any:
    """What a column is set to so that it holds this text, which is taken to the database, or deposited for it.
    Inside the transaction that writes it."""
    if is_sqlite():
        return Cast(getattr(fn, DEPOSITED)(Deposit.of(parts)), "TEXT")
    if _has_lz4():
        # a fraction of the time that the older method takes to find that pictures cannot be compressed
        database.execute_sql("SELECT set_config('default_toast_compression', 'lz4', true)")
    count = 0
    for piece in parts:
        sql = "SELECT length(set_config('lightwell.piece_' || %s, %s, true))"
        database.execute_sql(sql, (count, piece.decode()))
        count += 1
    joined = "string_agg(current_setting('lightwell.piece_' || n), '' ORDER BY n)"
    return SQL(f"(SELECT {joined}::json FROM generate_series(0, {count - 1}) n)")


@functools.cache
def _has_lz4() -> bool:
    """Whether PostgreSQL can compress with LZ4: since version 14, if it was built so."""
    sql = "SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
    found = database.execute_sql(sql).fetchone()
    return found is not None and bool(found[0])
