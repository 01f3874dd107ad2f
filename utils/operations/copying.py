"""Moving a database between SQLite and PostgreSQL, whole and proven.

Rows travel in the order of their primary keys, in pieces that are committed together with a note of
how far the copy is (table `lightwell_copy` in the target, gone when all is done): a copy that was
interrupted goes on where it stopped. At the end every table is counted and summed up on both sides.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from peewee import Database, DataError, IntegrityError, SqliteDatabase

from models import json_codec
from utils.operations.tables import (
    CopyRefused,
    Reference,
    Table,
    digest,
    in_order,
    mark,
    pieces,
    quoted,
    references,
    tables,
)

NOTES = "lightwell_copy"
_SUM = 2**64
# what a server that was started once on the target has put there
_SEEDED = {"config", "alembic_version"}


@dataclass
class Report:
    """`rows` copied by table; `left` rows by table that refer to something that is not there any more,
    which the target's foreign keys do not admit; `unknown` tables that no Lightwell database has."""

    rows: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)


class Copy:
    """One copy from `source` to `target`, databases of the current schema."""

    def __init__(self, source: Database, target: Database) -> None:
        self.source, self.target = source, target
        self.there, self.here = tables(source), tables(target)
        self.keys = references(target)
        names = [name for name in self.here if name in self.there and name != NOTES]
        self.order = in_order(names, self.keys)
        self.report = Report(unknown=sorted(set(self.there) - set(self.here)))

    def total(self) -> int:
        """How many rows there are to copy."""
        return sum(_count(self.source, name) for name in self.order)

    def done_before(self) -> int:
        """How many rows an interrupted copy has brought over."""
        return sum(note["copied"] + note["skipped"] for note in self._notes().values())

    def run(self, progress: Callable[[int], None]) -> Report:
        """Copies what is not there yet and proves it; `progress` is told each piece's number of rows.

        Raises `CopyRefused` for a target that holds anything else, and where a proof fails.
        """
        self._admit()
        notes = self._notes()
        for name in self.order:
            self._copy(self.here[name], notes.get(name), progress)
        for key in self.keys:
            if key.table == key.parent:
                self._tie(key)
        self._set_sequences()
        self._prove()
        self.target.execute_sql(f"DROP TABLE {quoted(NOTES)}")
        return self.report

    # -- the target

    def _admit(self) -> None:
        if NOTES in self.there:
            raise CopyRefused("The source is itself the target of a copy that was interrupted. Finish that one first.")
        if NOTES in self.here:
            return
        held = [name for name in self.order if name not in _SEEDED and _count(self.target, name)]
        if held:
            raise CopyRefused(
                f"The target holds data already ({', '.join(held[:5])}). Copy into an empty database, so that nothing "
                "is mixed or overwritten."
            )
        with self.target.atomic():
            for name in sorted(_SEEDED & set(self.order)):
                self.target.execute_sql(f"DELETE FROM {quoted(name)}")
            self.target.execute_sql(
                f"CREATE TABLE {quoted(NOTES)} (name TEXT PRIMARY KEY, last_key TEXT, copied BIGINT NOT NULL, "
                "skipped BIGINT NOT NULL, checksum TEXT NOT NULL, done INTEGER NOT NULL)"
            )

    def _notes(self) -> dict[str, dict[str, Any]]:
        if NOTES not in tables(self.target):
            return {}
        rows = self.target.execute_sql(
            f"SELECT name, last_key, copied, skipped, checksum, done FROM {NOTES}"
        ).fetchall()
        return {
            name: {"after": json_codec.loads(key), "copied": copied, "skipped": skipped, "sum": int(sum_), "done": done}
            for name, key, copied, skipped, sum_, done in rows
        }

    def _note(self, name: str, note: dict[str, Any]) -> None:
        one = mark(self.target)
        self.target.execute_sql(f"DELETE FROM {NOTES} WHERE name = {one}", (name,))
        self.target.execute_sql(
            f"INSERT INTO {NOTES} VALUES ({', '.join([one] * 6)})",
            (
                name,
                json_codec.dumps(note["after"]),
                note["copied"],
                note["skipped"],
                str(note["sum"]),
                int(note["done"]),
            ),
        )

    # -- the rows

    def _copy(self, table: Table, note: dict[str, Any] | None, progress: Callable[[int], None]) -> None:
        note = note or {"after": None, "copied": 0, "skipped": 0, "sum": 0, "done": False}
        if not note["done"]:
            shared = {name: kind for name, kind in table.columns.items() if name in self.there[table.name].columns}
            readable = Table(table.name, shared, table.key)
            keys = [key for key in self.keys if key.table == table.name]
            for piece in pieces(self.source, readable, note["after"]):
                kept = self._admissible(readable, piece, keys)
                with self.target.atomic():
                    self._insert(readable, kept, keys)
                    note["after"] = readable.key_of(piece[-1])
                    note["copied"] += len(kept)
                    note["skipped"] += len(piece) - len(kept)
                    note["sum"] = (note["sum"] + sum(map(digest, kept))) % _SUM
                    self._note(table.name, note)
                progress(len(piece))
            note["done"] = True
            with self.target.atomic():
                self._note(table.name, note)
        self.report.rows[table.name] = note["copied"]
        if note["skipped"]:
            self.report.left[table.name] = note["skipped"]

    def _admissible(self, table: Table, piece: list[tuple], keys: list[Reference]) -> list[tuple]:
        """The rows that the target's foreign keys admit: without those whose parent is gone, or with the
        reference to it forgotten, as the key's own rule says."""
        names = list(table.columns)
        for key in keys:
            place = names.index(key.column)
            wanted = {row[place] for row in piece if row[place] is not None}
            database = self.source if key.parent == key.table else self.target
            lost = wanted - _present(database, key, wanted)
            if not lost:
                continue
            if key.cascades:
                piece = [row for row in piece if row[place] not in lost]
            else:
                piece = [(*row[:place], None, *row[place + 1 :]) if row[place] in lost else row for row in piece]
        return piece

    def _insert(self, table: Table, rows: list[tuple], keys: list[Reference]) -> None:
        if not rows:
            return
        names = list(table.columns)
        # a row may refer to one of its own table that comes later: `_tie` writes these at the end
        later = {names.index(key.column) for key in keys if key.parent == key.table}
        if later:
            rows = [tuple(None if place in later else value for place, value in enumerate(row)) for row in rows]
        one = f"({', '.join([mark(self.target)] * len(names))})"
        head = f"INSERT INTO {quoted(table.name)} ({', '.join(map(quoted, names))}) VALUES "
        at_once = max(30000 // len(names), 1) if not isinstance(self.target, SqliteDatabase) else 900 // len(names)
        for start in range(0, len(rows), at_once):
            some = rows[start : start + at_once]
            try:
                self.target.execute_sql(head + ", ".join([one] * len(some)), [value for row in some for value in row])
            except (DataError, IntegrityError) as error:
                first, last, said = table.key_of(some[0]), table.key_of(some[-1]), " ".join(str(error).split())
                raise CopyRefused(
                    f"{table.name}: the target does not take a row between {first} and {last} ({said}). Correct or "
                    "delete it in the source, and call the copy again."
                ) from error

    def _tie(self, key: Reference) -> None:
        one, name, own = mark(self.target), quoted(key.table), self.there[key.table].key[:1]
        there = f"SELECT 1 FROM {name} p WHERE p.{quoted(key.parent_column)} = {one}"
        sql = f"UPDATE {name} SET {quoted(key.column)} = {one} WHERE {quoted(own[0])} = {one} AND EXISTS ({there})"
        for piece in pieces(self.source, Table(key.table, {own[0]: "text", key.column: "text"}, own), None):
            with self.target.atomic():
                for row_id, parent in piece:
                    if parent is not None:
                        self.target.execute_sql(sql, (parent, row_id, parent))

    def _set_sequences(self) -> None:
        if isinstance(self.target, SqliteDatabase) or "config_old" not in self.order:
            return
        self.target.execute_sql(
            "SELECT setval(pg_get_serial_sequence('config_old', 'id'), GREATEST((SELECT MAX(id) FROM config_old), 1)) "
            "WHERE pg_get_serial_sequence('config_old', 'id') IS NOT NULL"
        )

    # -- the proof

    def _prove(self) -> None:
        notes = self._notes()
        for name in self.order:
            note, rows, total = notes[name], 0, 0
            shared = {c: kind for c, kind in self.here[name].columns.items() if c in self.there[name].columns}
            for piece in pieces(self.target, Table(name, shared, self.here[name].key), None):
                rows += len(piece)
                total = (total + sum(map(digest, piece))) % _SUM
            if _count(self.source, name) != note["copied"] + note["skipped"]:
                raise CopyRefused(f"{name}: the source changed while it was copied. Stop its server and copy anew.")
            if (rows, total) != (note["copied"], note["sum"]):
                raise CopyRefused(f"{name}: what arrived is not what was sent. Empty the target and copy anew.")


def _count(database: Database, name: str) -> int:
    return database.execute_sql(f"SELECT COUNT(*) FROM {quoted(name)}").fetchone()[0]


def _present(database: Database, key: Reference, values: set[Any]) -> set[Any]:
    found: set[Any] = set()
    some = list(values)
    for start in range(0, len(some), 500):
        part = some[start : start + 500]
        marks = ", ".join([mark(database)] * len(part))
        column = quoted(key.parent_column)
        sql = f"SELECT {column} FROM {quoted(key.parent)} WHERE {column} IN ({marks})"
        found |= {row[0] for row in database.execute_sql(sql, part).fetchall()}
    return found
