"""What a copy needs to know of a database beyond the models: every table as it lies there."""

import datetime
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from peewee import Database, SqliteDatabase

import config
from models import json_codec

PIECE_ROWS, PIECE_BYTES = 500, 4 * 2**20


class CopyRefused(RuntimeError):
    """The copy cannot be made; the text says why. Nothing was changed in the source."""


@dataclass(frozen=True)
class Table:
    """`columns` by name in storage order, each json, bool, int, date, time or text; `key` the primary key."""

    name: str
    columns: dict[str, str]
    key: tuple[str, ...]

    def key_of(self, row: tuple) -> list[Any]:
        """The primary key of a row that has all columns."""
        return [row[list(self.columns).index(column)] for column in self.key]


@dataclass(frozen=True)
class Reference:
    """A foreign key of one column; `cascades`: the row goes with its parent, else it forgets it."""

    table: str
    column: str
    parent: str
    parent_column: str
    cascades: bool


def quoted(name: str) -> str:
    return f'"{name}"'


def mark(database: Database) -> str:
    """The placeholder of the driver."""
    return "?" if isinstance(database, SqliteDatabase) else "%s"


_KINDS = {
    "json": "json",
    "jsonb": "json",
    "boolean": "bool",
    "bigint": "int",
    "integer": "int",
    "date": "date",
    "datetime": "time",
    "timestamp without time zone": "time",
}


def kind(declared: str) -> str:
    """How values of a declared column type are carried over."""
    return _KINDS.get(declared.lower().split("(")[0], "text")


def tables(database: Database) -> dict[str, Table]:
    """Every table of the database, by name."""
    found: dict[str, dict[str, str]] = {}
    keys: dict[str, list[tuple[int, str]]] = {}
    for name, column, declared, place in database.execute_sql(
        _SQLITE_COLUMNS if isinstance(database, SqliteDatabase) else _POSTGRES_COLUMNS
    ).fetchall():
        found.setdefault(name, {})[column] = kind(declared)
        if place:
            keys.setdefault(name, []).append((place, column))
    return {
        name: Table(name, columns, tuple(column for _, column in sorted(keys.get(name, []))))
        for name, columns in found.items()
    }


_SQLITE_COLUMNS = (
    "SELECT m.name, c.name, c.type, c.pk FROM sqlite_master m JOIN pragma_table_info(m.name) c "
    "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid"
)
_POSTGRES_COLUMNS = (
    "SELECT c.table_name, c.column_name, c.data_type, COALESCE(array_position(k.conkey, a.attnum), 0) "
    "FROM information_schema.columns c "
    "JOIN pg_attribute a ON a.attrelid = format('%%I.%%I', c.table_schema, c.table_name)::regclass "
    "AND a.attname = c.column_name "
    "LEFT JOIN pg_constraint k ON k.conrelid = a.attrelid AND k.contype = 'p' "
    "WHERE c.table_schema = current_schema() ORDER BY c.table_name, c.ordinal_position"
)


def references(database: Database) -> list[Reference]:
    """The foreign keys that the database enforces: none on SQLite."""
    if isinstance(database, SqliteDatabase):
        return []
    rows = database.execute_sql(
        "SELECT t.relname, a.attname, p.relname, b.attname, k.confdeltype = 'c' FROM pg_constraint k "
        "JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid "
        "JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] "
        "JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = k.confkey[1] "
        "WHERE k.contype = 'f' AND t.relnamespace = current_schema()::regnamespace"
    ).fetchall()
    return [Reference(*row) for row in rows]


def in_order(names: list[str], keys: list[Reference]) -> list[str]:
    """`names` with every table after those that it refers to."""
    ordered: list[str] = []

    def place(name: str) -> None:
        if name in ordered or name not in names:
            return
        for parent in sorted({key.parent for key in keys if key.table == name} - {name}):
            place(parent)
        ordered.append(name)

    for name in sorted(names):
        place(name)
    return ordered


def pieces(database: Database, table: Table, after: list[Any] | None) -> Iterator[list[tuple]]:
    """The rows behind the key `after`, by key, in pieces that fit into memory, values as in `plain`."""
    names, key = ", ".join(map(quoted, table.columns)), ", ".join(map(quoted, table.key))
    where, values = "", list(after or [])
    if after is not None:
        where = f" WHERE ({key}) > ({', '.join([mark(database)] * len(table.key))})"
    kinds = list(table.columns.values())
    with database.atomic():
        cursor = _stream(database)
        cursor.execute(f"SELECT {names} FROM {quoted(table.name)}{where} ORDER BY {key}", values)
        piece: list[tuple] = []
        size = 0
        while rows := cursor.fetchmany(50):
            for row in rows:
                piece.append(_plain_row(table, kinds, row))
                size += sum(len(value) for value in row if isinstance(value, str))
            if len(piece) >= PIECE_ROWS or size > PIECE_BYTES:
                yield piece
                piece, size = [], 0
        if piece:
            yield piece
        cursor.close()


def _plain_row(table: Table, kinds: list[str], row: tuple) -> tuple:
    try:
        return tuple(map(plain, kinds, row))
    except ValueError as error:
        key = dict(zip(table.key, table.key_of(row), strict=True))
        raise CopyRefused(
            f"{table.name}: the row {key} holds what its column cannot mean ({error}). Correct or delete it in the "
            "source, and call the copy again."
        ) from error


def _stream(database: Database) -> Any:
    if isinstance(database, SqliteDatabase):
        connection = database.connection()
        # text that is no UTF-8 (lone surrogates, a careless import) must not stop everything
        connection.text_factory = lambda raw: raw.decode(errors="replace")
        return connection.cursor()
    cursor = database.connection().cursor("lightwell_copy", withhold=True)
    cursor.itersize = 50
    return cursor


def plain(kind: str, value: Any) -> Any:
    """A value in the one form in which both databases are compared and which both take."""
    if value is None:
        return None
    if kind == "json":
        return _json(value)
    if kind == "bool":
        return value if isinstance(value, bool) else _flag(value)
    if kind == "int":
        return int(value)
    if isinstance(value, bytes):
        return json_codec.clean_text(value.decode(errors="replace"))
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return json_codec.clean_text(value) if isinstance(value, str) else str(value)


def _flag(value: Any) -> bool:
    """SQLite keeps any value in a column of truth values."""
    return config.flag(value) if isinstance(value, str) and not value.isdigit() else bool(int(value))


def _json(value: Any) -> str | None:
    """JSON text as it is where both databases take it, else cleaned; what is no JSON at all as a string."""
    value = value.decode(errors="replace") if isinstance(value, bytes) else value
    text = value if isinstance(value, str) else json_codec.dumps(value)
    try:
        decoded = orjson.loads(text)
        if isinstance(decoded, float):
            # SQLite keeps a number in a JSON column as a number: 1.0 comes back as 1
            return json_codec.dumps(int(decoded) if decoded.is_integer() else decoded)
        if "\\u0000" not in text:
            return text
    except orjson.JSONDecodeError:
        if not text.strip():
            return None
    try:
        return json_codec.dumps(json_codec.clean(json_codec.loads(text)))
    except RecursionError as error:
        raise ValueError("JSON that is nested too deeply to be read") from error
    except ValueError:
        return json_codec.dumps(text)


def digest(row: tuple) -> int:
    """64 bits that stand for a row of plain values."""
    return int.from_bytes(hashlib.blake2b(orjson.dumps(row), digest_size=8).digest(), "big")
