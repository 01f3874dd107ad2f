"""Folders of chats. Columns and units: data.md section 2."""

from peewee import BigIntegerField, BooleanField, TextField

from models.base import CleanText, CompositeKey, JSONText, Table, now


class Folder(Table):
    id = TextField()
    parent_id = TextField(null=True)
    user_id = TextField()
    name = CleanText()
    items = JSONText(null=True)
    meta = JSONText(null=True)
    is_expanded = BooleanField()
    created_at = BigIntegerField(default=now)
    updated_at = BigIntegerField(default=now)
    data = JSONText(null=True)

    class Meta:
        table_name = "folder"
        primary_key = CompositeKey("id", "user_id")
