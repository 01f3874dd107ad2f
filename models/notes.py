"""Notes and pins. Columns and units: data.md section 2."""

from peewee import BigIntegerField, TextField

from models.base import CleanText, JSONText, Table, new_id, now_ns


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


class PinnedNote(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField()
    note_id = TextField()
    created_at = BigIntegerField(default=now_ns)

    class Meta:
        table_name = "pinned_note"
