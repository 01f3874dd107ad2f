"""Prompts and their versions. Columns and units: data.md section 2."""

from peewee import BigIntegerField, BooleanField, TextField

from models.base import CleanText, JSONText, Table, new_id, now


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


class PromptHistory(Table):
    id = TextField(primary_key=True, default=new_id)
    prompt_id = TextField()
    parent_id = TextField(null=True)
    snapshot = JSONText()
    user_id = TextField()
    commit_message = CleanText(null=True)
    created_at = BigIntegerField(default=now)

    class Meta:
        table_name = "prompt_history"
