"""Functions and their versions. Columns and units: data.md section 2."""

from typing import Any

from peewee import BigIntegerField, BooleanField, TextField

from models.base import CleanText, JSONText, Table, now
from models.history import Version


class Function(Table):
    id = TextField(primary_key=True)
    user_id = TextField(null=True)
    name = CleanText(null=True)
    type = CleanText(null=True)
    content = CleanText(null=True)
    meta = JSONText(null=True)
    valves = JSONText(null=True)
    is_active = BooleanField(null=True)
    is_global = BooleanField(null=True)
    updated_at = BigIntegerField(null=True, default=now)
    created_at = BigIntegerField(null=True, default=now)
    version_id = TextField(null=True)

    class Meta:
        table_name = "function"

    @classmethod
    def listed(cls, *columns: Any) -> list[dict[str, Any]]:
        """All functions, the oldest first."""
        return list(cls.select(*columns).order_by(cls.created_at, cls.id).dicts())


class FunctionHistory(Version):
    function_id = TextField()

    class Meta:
        table_name = "function_history"
