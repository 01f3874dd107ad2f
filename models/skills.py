"""Skills and their versions. Columns and units: data.md section 2."""

from peewee import BigIntegerField, BooleanField, Query, TextField

from models.base import CleanText, JSONText, Table, now
from models.history import Version
from models.listing import containing, ordered


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

    @classmethod
    def found(cls, rows: Query, query: str | None) -> Query:
        """`rows` whose name, id or description contains `query`."""
        return rows.where(containing(query, cls.name, cls.id, cls.description)) if query else rows

    @classmethod
    def ordered(cls, rows: Query, order_by: str | None = None, way: str | None = None) -> Query:
        """`rows` by name, created_at or updated_at."""
        fields = {"name": cls.name, "created_at": cls.created_at, "updated_at": cls.updated_at}
        return ordered(rows, cls, fields, order_by, way)


class SkillHistory(Version):
    skill_id = TextField()

    class Meta:
        table_name = "skill_history"
