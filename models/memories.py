"""What a user wants remembered. Columns and units: data.md section 2."""

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
