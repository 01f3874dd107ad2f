"""Workspace tools and their versions. Columns and units: data.md section 2."""

from typing import Any

from peewee import BigIntegerField, Query, TextField

from models.base import CleanText, JSONText, Table, now
from models.history import Version
from models.listing import containing, json_text


class Tool(Table):
    id = TextField(primary_key=True)
    user_id = TextField(null=True)
    name = CleanText(null=True)
    content = CleanText(null=True)
    specs = JSONText(null=True)
    meta = JSONText(null=True)
    valves = JSONText(null=True)
    updated_at = BigIntegerField(null=True, default=now)
    created_at = BigIntegerField(null=True, default=now)
    version_id = TextField(null=True)

    class Meta:
        table_name = "tool"

    @classmethod
    def listed(cls, rows: Query, query: str | None = None) -> list[dict[str, Any]]:
        """`rows` by last change, those whose name, id or description contains `query`."""
        if query:
            rows = rows.where(containing(query, cls.name, cls.id, json_text(cls.meta, "description")))
        return list(rows.order_by(cls.updated_at.desc(), cls.id).dicts())


class ToolHistory(Version):
    tool_id = TextField()

    class Meta:
        table_name = "tool_history"
