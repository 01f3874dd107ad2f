"""Uploaded files. Columns and units: data.md section 2."""

from peewee import BigIntegerField, TextField

from models.base import CleanText, JSONText, Table, new_id, now


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
