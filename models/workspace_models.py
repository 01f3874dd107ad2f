"""Workspace models and override rows of provider models. Columns and units: data.md section 2."""

from peewee import BigIntegerField, BooleanField, TextField

from models.base import CleanText, JSONText, Table, new_id, now


class WorkspaceModel(Table):
    id = TextField(primary_key=True)
    user_id = TextField(null=True)
    base_model_id = TextField(null=True)
    name = CleanText(null=True)
    params = JSONText(null=True)
    meta = JSONText(null=True)
    updated_at = BigIntegerField(null=True, default=now)
    created_at = BigIntegerField(null=True, default=now)
    is_active = BooleanField(default=True)
    version_id = TextField(null=True)

    class Meta:
        table_name = "model"


class WorkspaceModelHistory(Table):
    id = TextField(primary_key=True, default=new_id)
    model_id = TextField()
    parent_id = TextField(null=True)
    snapshot = JSONText()
    user_id = TextField()
    commit_message = CleanText(null=True)
    created_at = BigIntegerField(default=now)

    class Meta:
        table_name = "model_history"
