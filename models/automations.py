"""Scheduled prompts and their runs. Columns and units: data.md section 2."""

from peewee import BigIntegerField, BooleanField, TextField

from models.base import CleanText, JSONText, Table, new_id, now_ns


class Automation(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField()
    name = CleanText()
    data = JSONText()
    meta = JSONText(null=True)
    is_active = BooleanField()
    last_run_at = BigIntegerField(null=True)
    next_run_at = BigIntegerField(null=True)
    created_at = BigIntegerField(default=now_ns)
    updated_at = BigIntegerField(default=now_ns)
    folder_id = TextField(null=True)

    class Meta:
        table_name = "automation"


class AutomationRun(Table):
    id = TextField(primary_key=True, default=new_id)
    automation_id = TextField()
    chat_id = TextField(null=True)
    status = CleanText()
    error = CleanText(null=True)
    created_at = BigIntegerField(default=now_ns)

    class Meta:
        table_name = "automation_run"
