"""What a user wants remembered. Columns and units: data.md section 2."""

from typing import Any

from peewee import BigIntegerField, TextField

from models.base import CleanText, JSONText, Table, new_id, now


class Memory(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField(null=True)
    content = CleanText(null=True)
    updated_at = BigIntegerField(null=True, default=now)
    created_at = BigIntegerField(null=True, default=now)
    type = CleanText(default="context")
    path = CleanText(null=True)
    meta = JSONText(null=True)

    class Meta:
        table_name = "memory"

    @classmethod
    def of_user(cls, user_id: str) -> list[dict[str, Any]]:
        """What the user wants remembered, the oldest first."""
        return list(cls.select().where(cls.user_id == user_id).order_by(cls.created_at, cls.id).dicts())
