"""Ratings of replies. Columns and units: data.md section 2."""

from peewee import BigIntegerField, TextField

from models.base import CleanText, JSONText, Table, new_id, now


class Feedback(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField(null=True)
    version = BigIntegerField(null=True)
    type = CleanText(null=True)
    data = JSONText(null=True)
    meta = JSONText(null=True)
    snapshot = JSONText(null=True)
    created_at = BigIntegerField(default=now)
    updated_at = BigIntegerField(default=now)

    class Meta:
        table_name = "feedback"
