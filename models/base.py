"""The database handle, field types, clock and prepared queries that every table file uses.

`database` is bound once per process by `models.database.bind`. Facts: data.md section 1.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from peewee import CompositeKey, DatabaseProxy, Model, Query, TextField

from models import json_codec
from models.large import breathe

__all__ = [
    "CleanText",
    "CompositeKey",
    "JSONText",
    "Prepared",
    "Table",
    "database",
    "new_id",
    "now",
    "now_ns",
]

database = DatabaseProxy()


def new_id() -> str:
    """A fresh lower-case UUID 4, the id of nearly every table."""
    return str(uuid.uuid4())


def now() -> int:
    """Seconds since the epoch."""
    return int(time.time())


def now_ns() -> int:
    """Nanoseconds since the epoch: notes, channels, calendars, automations (data.md, time units)."""
    return time.time_ns()


class JSONText(TextField):
    """A JSON column (`json` on PostgreSQL, text on SQLite), or JSON kept in a TEXT column.

    None is written as SQL NULL; both SQL NULL and the JSON literal `null` read as None. A `RawJSON`
    value is written as it is: text that is passed through is not decoded to be encoded again.
    """

    def db_value(self, value: Any) -> str | None:
        if value is None:
            return None
        return value.text if isinstance(value, RawJSON) else json_codec.dumps(value)

    def python_value(self, value: Any) -> Any:
        if not isinstance(value, (str, bytes)):
            return value
        found = json_codec.loads(value)
        breathe(len(value))
        return found


class RawJSON:
    """JSON text that is already encoded and clean."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class CleanText(TextField):
    """Text without NUL characters or lone surrogates, which PostgreSQL refuses."""

    def db_value(self, value: Any) -> Any:
        return json_codec.clean_text(value) if isinstance(value, str) else value


class Table(Model):
    """Base of all tables. Rows are changed by `update` of named columns, never saved whole: columns
    and values that the other server wrote survive."""

    class Meta:
        database = database
        legacy_table_names = False
        only_save_dirty = True

    def values(self) -> dict[str, Any]:
        """This row's loaded columns by name."""
        return dict(self.__data__)


class _Mark(str):
    """Stands for an argument while a query is compiled."""


_PLAIN = {None: None, "null": None, "true": True, "false": False, '""': ""}
"""What most stored JSON values are, and mean."""


class Prepared:
    """A query compiled once per database and kept as SQL: for what runs on every request.

    `build` gets one mark an argument and returns a Peewee query that selects columns; each argument
    must reach the query unchanged, as one parameter. Building a query costs 70 to 100 µs, running
    a prepared one 8.
    """

    def __init__(self, build: Callable[..., Query]) -> None:
        self._build = build
        self._compiled: dict[type, tuple[str, list, list, list[str]]] = {}

    def _compile(self, count: int) -> tuple[str, list, list, list[str]]:
        marks: list[str] = [_Mark(f"mark-{i}") for i in range(count)]
        query = self._build(*marks)
        sql, params = query.sql()
        slots: list = [(True, marks.index(p)) if isinstance(p, str) and p in marks else (False, p) for p in params]
        columns = [getattr(column, "node", column) for column in query._returning]
        names = [
            getattr(source, "_alias", None) or column.name
            for source, column in zip(query._returning, columns, strict=True)
        ]
        readers = [column.python_value if isinstance(column, JSONText) else None for column in columns]
        compiled = (sql, slots, readers, names)
        self._compiled[type(database.obj)] = compiled
        return compiled

    def rows(self, *args: Any) -> Iterator[dict[str, Any]]:
        """The rows as dicts by column name or alias."""
        sql, slots, readers, names = self._compiled.get(type(database.obj)) or self._compile(len(args))
        for row in self._fetched(sql, slots, args):
            yield {
                name: read(value) if read is not None and value is not None else value
                for name, read, value in zip(names, readers, row, strict=True)
            }

    def pairs(self, *args: Any) -> dict[Any, Any]:
        """The rows of a query of two columns: the first to the second."""
        sql, slots, (_, read), _ = self._compiled.get(type(database.obj)) or self._compile(len(args))
        if read is None:
            return dict(self._fetched(sql, slots, args))
        rows = self._fetched(sql, slots, args)
        return {key: _PLAIN[value] if value in _PLAIN else read(value) for key, value in rows}

    @staticmethod
    def _fetched(sql: str, slots: list, args: tuple[Any, ...]) -> list[Any]:
        return database.obj.fetched(sql, [args[value] if is_slot else value for is_slot, value in slots])

    def one(self, *args: Any) -> dict[str, Any] | None:
        """The first row, or None."""
        return next(self.rows(*args), None)
