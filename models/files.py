"""Uploaded files. Columns and units: data.md section 2."""

from typing import Any

from peewee import BigIntegerField, TextField

from models.base import CleanText, JSONText, Table, new_id, now
from models.listing import page


class File(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField(null=True)
    filename = CleanText(null=True)
    meta = JSONText(null=True)
    created_at = BigIntegerField(null=True, default=now)
    hash = TextField(null=True)
    data = JSONText(null=True)
    updated_at = BigIntegerField(null=True, default=now)
    path = CleanText(null=True)

    class Meta:
        table_name = "file"

    @classmethod
    def page_of(cls, user_id: str | None, number: int, size: int, *columns: Any) -> tuple[list[dict[str, Any]], int]:
        """A page, counted from 1, of the user's files (None: everybody's), the latest first; how many in all."""
        rows = cls.select(*columns)
        if user_id is not None:
            rows = rows.where(cls.user_id == user_id)
        return page(rows.order_by(cls.updated_at.desc(), cls.id), number, size)


class Document(Table):
    collection_name = CleanText(primary_key=True)
    name = CleanText(null=True)
    title = CleanText(null=True)
    filename = CleanText(null=True)
    content = CleanText(null=True)
    user_id = TextField(null=True)
    timestamp = BigIntegerField(null=True)

    class Meta:
        table_name = "document"
