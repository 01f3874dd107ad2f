"""Skills and their versions. Columns and units: data.md section 2."""

from peewee import BigIntegerField, BooleanField, TextField

from models.base import CleanText, JSONText, Table, new_id, now


class Skill(Table):
    id = TextField(primary_key=True)
    user_id = TextField()
    name = CleanText()
    description = CleanText(null=True)
    content = CleanText()
    meta = JSONText(null=True)
    is_active = BooleanField()
    updated_at = BigIntegerField(default=now)
    created_at = BigIntegerField(default=now)
    version_id = TextField(null=True)
    data = JSONText(null=True)

    class Meta:
        table_name = "skill"


class SkillHistory(Table):
    id = TextField(primary_key=True, default=new_id)
    skill_id = TextField()
    parent_id = TextField(null=True)
    snapshot = JSONText()
    user_id = TextField()
    commit_message = CleanText(null=True)
    created_at = BigIntegerField(default=now)

    class Meta:
        table_name = "skill_history"
