"""Prompts and their versions. Columns and units: data.md section 2."""

from peewee import BigIntegerField, BooleanField, Query, TextField

from models import json_codec
from models.base import CleanText, JSONText, Table, new_id, now
from models.history import Version
from models.listing import containing, ordered


class Prompt(Table):
    id = TextField(primary_key=True, default=new_id)
    command = CleanText(null=True)
    user_id = TextField()
    name = CleanText()
    content = CleanText()
    data = JSONText(null=True)
    meta = JSONText(null=True)
    is_active = BooleanField(default=True)
    version_id = TextField(null=True)
    tags = JSONText(null=True)
    created_at = BigIntegerField(default=now)
    updated_at = BigIntegerField(default=now)

    class Meta:
        table_name = "prompt"

    @classmethod
    def found(cls, rows: Query, query: str | None, tag: str | None) -> Query:
        """Active `rows` whose command, name or content contains `query` and that carry `tag`."""
        if query:
            rows = rows.where(containing(query, cls.command, cls.name, cls.content))
        # a tag stands in the column's JSON text as it is written there
        return rows.where(cls.tags.cast("TEXT").contains(json_codec.dumps(tag))) if tag else rows

    @classmethod
    def ordered(cls, rows: Query, order_by: str | None = None, way: str | None = None) -> Query:
        """`rows` by name, created_at or updated_at."""
        fields = {"name": cls.name, "created_at": cls.created_at, "updated_at": cls.updated_at}
        return ordered(rows, cls, fields, order_by, way)

    @classmethod
    def tags_of(cls, rows: Query) -> list[str]:
        """Every tag of `rows`, which select `tags`, once and in order."""
        return sorted({tag for (tags,) in rows.tuples() for tag in tags or ()})


class PromptHistory(Version):
    prompt_id = TextField()

    class Meta:
        table_name = "prompt_history"
