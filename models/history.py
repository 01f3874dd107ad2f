"""What the tables of earlier versions have in common: one such table for each kind of thing that keeps
its versions. Columns and units: data.md section 2."""

from peewee import BigIntegerField, TextField

from models.base import CleanText, JSONText, Table, new_id, now


class Version(Table):
    """One version, beside the id of what it is a version of; `parent_id` is the version it came from."""

    id = TextField(primary_key=True, default=new_id)
    parent_id = TextField(null=True)
    snapshot = JSONText()
    user_id = TextField()
    commit_message = CleanText(null=True)
    created_at = BigIntegerField(default=now)
