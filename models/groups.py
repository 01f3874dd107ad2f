"""Groups and their members. Columns and units: data.md section 2."""

from peewee import BigIntegerField, TextField

from models.base import CleanText, JSONText, Table, database, new_id, now


class Group(Table):
    id = TextField(primary_key=True, default=new_id)
    user_id = TextField(null=True)
    name = CleanText(null=True)
    description = CleanText(null=True)
    data = JSONText(null=True)
    meta = JSONText(null=True)
    permissions = JSONText(null=True)
    created_at = BigIntegerField(null=True, default=now)
    updated_at = BigIntegerField(null=True, default=now)
    parent_group_id = TextField(null=True)

    class Meta:
        table_name = "group"


class GroupMember(Table):
    id = TextField(primary_key=True, default=new_id)
    group_id = TextField()
    user_id = TextField()
    created_at = BigIntegerField(null=True, default=now)
    updated_at = BigIntegerField(null=True, default=now)

    class Meta:
        table_name = "group_member"


_OF_USER = """
WITH RECURSIVE mine(id) AS (
    SELECT group_id FROM group_member WHERE user_id = {p}
    UNION
    SELECT parent_group_id FROM "group" JOIN mine ON "group".id = mine.id WHERE parent_group_id IS NOT NULL
) SELECT id FROM mine
"""


def ids_of_user(user_id: str) -> list[str]:
    """The groups that a user belongs to, outer groups of his groups included (data.md section 4)."""
    return [group_id for (group_id,) in database.execute_sql(_OF_USER.format(p=database.param), (user_id,)).fetchall()]


def permissions_of_user(user_id: str) -> list[dict]:
    """The permission trees that a user's groups add."""
    ids = ids_of_user(user_id)
    if not ids:
        return []
    rows = Group.select(Group.permissions).where(Group.id.in_(ids)).tuples()
    return [permissions for (permissions,) in rows if permissions]


def names_of_user(user_id: str) -> list[str]:
    """The names of a user's groups, outer ones included."""
    ids = ids_of_user(user_id)
    return [name for (name,) in Group.select(Group.name).where(Group.id.in_(ids)).tuples()] if ids else []
