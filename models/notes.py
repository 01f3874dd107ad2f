"""Notes and pins. Columns and units: data.md section 2."""

from typing import Any

from peewee import SQL, BigIntegerField, Query, TextField, fn

from models.base import CleanText, JSONText, Table, new_id, now_ns
from models.listing import containing, json_text, ordered


class Note(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField(null=True)
    title = CleanText(null=True)
    data = JSONText(null=True)
    meta = JSONText(null=True)
    created_at = BigIntegerField(null=True, default=now_ns)
    updated_at = BigIntegerField(null=True, default=now_ns)

    class Meta:
        table_name = "note"

    @classmethod
    def listed(cls, rows: Query, page: int | None, size: int) -> list[dict[str, Any]]:
        """`rows` of `columns` by last change; `page` counts from 1, None means all."""
        rows = rows.order_by(cls.updated_at.desc(), cls.id)
        return list((rows if page is None else rows.paginate(max(page, 1), size)).dicts())

    @classmethod
    def columns(cls, user_id: str) -> tuple[Any, ...]:
        """What lists show: no text but its first thousand characters (`preview`), and whether the user
        has it pinned."""
        pinned = PinnedNote.select(SQL("1")).where((PinnedNote.note_id == cls.id) & (PinnedNote.user_id == user_id))
        return (
            cls.id,
            cls.user_id,
            cls.title,
            fn.SUBSTR(json_text(cls.data, "content", "md"), 1, 1000).alias("preview"),
            cls.meta,
            fn.EXISTS(pinned).alias("is_pinned"),
            cls.created_at,
            cls.updated_at,
        )

    @classmethod
    def found(cls, rows: Query, query: str | None, order_by: str | None, way: str | None) -> Query:
        """`rows` whose title or text contains `query`, by name, created_at or updated_at."""
        if query:
            rows = rows.where(containing(query, cls.title, json_text(cls.data, "content", "md")))
        fields = {"name": cls.title, "created_at": cls.created_at, "updated_at": cls.updated_at}
        return ordered(rows, cls, fields, order_by, way)

    @classmethod
    def pinned_by(cls, rows: Query, user_id: str) -> Query:
        """Those of `rows` that the user has pinned, in the order of pinning."""
        mine = (PinnedNote.note_id == cls.id) & (PinnedNote.user_id == user_id)
        return rows.join(PinnedNote, on=mine).order_by(PinnedNote.created_at, cls.id)


class PinnedNote(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField()
    note_id = TextField()
    created_at = BigIntegerField(default=now_ns)

    class Meta:
        table_name = "pinned_note"
