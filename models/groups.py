"""Groups, their hierarchy and their members. Columns and units: data.md section 2."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from peewee import SQL, BigIntegerField, TextField, fn

from models.base import CleanText, JSONText, Table, database, new_id, now
from models.database import is_postgres, write
from models.search import containing
from models.users import User


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
    return [group_id for (group_id,) in database.obj.fetched(_OF_USER.format(p=database.param), [user_id])]


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


_HIERARCHY_LOCK = 731947205


@contextlib.contextmanager
def changing() -> Iterator[None]:
    """A transaction that changes the hierarchy or memberships, one at a time among the processes of
    both servers (data.md section 1, locking)."""
    with write():
        if is_postgres():
            database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_HIERARCHY_LOCK,))
        yield


_BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT id FROM "group" WHERE id = {p}
    UNION
    SELECT "group".id FROM "group" JOIN below ON "group".parent_group_id = below.id
) SELECT id FROM below
"""


def ids_below(group_id: str) -> list[str]:
    """The group itself and all groups nested below it."""
    return [one for (one,) in database.execute_sql(_BELOW.format(p=database.param), (group_id,)).fetchall()]


_ABOVE = """
WITH RECURSIVE above(id, depth) AS (
    SELECT parent_group_id, 1 FROM "group" WHERE id = {p} AND parent_group_id IS NOT NULL
    UNION
    SELECT parent_group_id, depth + 1 FROM "group" JOIN above ON "group".id = above.id
    WHERE parent_group_id IS NOT NULL AND depth < 100
) SELECT id FROM above ORDER BY depth
"""


def ids_above(group_id: str) -> list[str]:
    """The groups around a group, the nearest first."""
    return [one for (one,) in database.execute_sql(_ABOVE.format(p=database.param), (group_id,)).fetchall()]


def _listed() -> Any:
    """Groups with their number of direct members, the last changed first."""
    members = GroupMember.select(fn.COUNT(GroupMember.id)).where(GroupMember.group_id == Group.id)
    rows = Group.select(*Group._meta.sorted_fields, members.alias("member_count"))
    return rows.order_by(*_last_changed_first())


def _last_changed_first() -> tuple[Any, ...]:
    # groups of one second in the order in which they came, where the database knows it
    return Group.updated_at.desc(), Group.id if is_postgres() else SQL('"t1"."rowid"')


def everything() -> list[dict[str, Any]]:
    """All groups, the last changed first, each with its `member_count` (direct members)."""
    return list(_listed().dicts())


def among(ids: Iterable[str]) -> list[dict[str, Any]]:
    """The groups among `ids`, in the same form and order."""
    return list(_listed().where(Group.id.in_(list(ids) or [""])).dicts())


def one(group_id: str) -> dict[str, Any] | None:
    """A group with its `member_count`, or None."""
    return next(iter(among([group_id])), None)


def above(group_id: str) -> list[dict[str, Any]]:
    """The groups around a group in the same form, the nearest first."""
    ids = ids_above(group_id)
    rows = {row["id"]: row for row in among(ids)}
    return [rows[one] for one in ids if one in rows]


def direct_ids_of_user(user_id: str) -> set[str]:
    """The groups that name the user as a member."""
    return {
        group_id
        for (group_id,) in GroupMember.select(GroupMember.group_id).where(GroupMember.user_id == user_id).tuples()
    }


def direct_of_users(user_ids: Iterable[str]) -> dict[str, list[dict[str, str]]]:
    """Per user the groups that name him, each `{id, name}`, in one query."""
    found: dict[str, list[dict[str, str]]] = {user_id: [] for user_id in user_ids}
    rows = (
        Group.select(GroupMember.user_id, Group.id, Group.name)
        .join(GroupMember, on=(Group.id == GroupMember.group_id))
        .where(GroupMember.user_id.in_(list(found) or [""]))
        .order_by(*_last_changed_first())
        .tuples()
    )
    for user_id, group_id, name in rows:
        found[user_id].append({"id": group_id, "name": name})
    return found


def direct_members(group_id: str) -> list[str]:
    """The ids of the users that the group names."""
    rows = (
        GroupMember.select(GroupMember.user_id).where(GroupMember.group_id == group_id).order_by(GroupMember.created_at)
    )
    return [user_id for (user_id,) in rows.tuples()]


def add_members(group_id: str, user_ids: Iterable[str]) -> None:
    """Names users as members; unknown accounts and those that are in it already are passed over."""
    with changing():
        known = set(direct_members(group_id))
        wanted = dict.fromkeys(one for one in user_ids if one not in known)
        present = User.existing(wanted)
        rows = [
            {"group_id": group_id, "user_id": one, "id": new_id(), "created_at": now(), "updated_at": now()}
            for one in wanted
            if one in present
        ]
        if rows:
            GroupMember.insert_many(rows).on_conflict_ignore().execute()


def remove_members(group_id: str, user_ids: Iterable[str]) -> None:
    """Takes users out of a group, and stamps it."""
    with changing():
        GroupMember.delete().where(
            (GroupMember.group_id == group_id) & GroupMember.user_id.in_(list(user_ids) or [""])
        ).execute()
        Group.update(updated_at=now()).where(Group.id == group_id).execute()


def remove(group_id: str) -> bool:
    """Deletes a group with its memberships; its children go to its own parent. False where there is none."""
    with changing():
        row = Group.get_or_none(Group.id == group_id)
        if row is None:
            return False
        Group.update(parent_group_id=row.parent_group_id).where(Group.parent_group_id == group_id).execute()
        GroupMember.delete().where(GroupMember.group_id == group_id).execute()
        Group.delete().where(Group.id == group_id).execute()
    return True


PAGE = 30


def members(group_id: str, membership: str, text: str, page: int) -> tuple[list[dict[str, Any]], int, dict[str, int]]:
    """A page of a group's members: rows with `inherited` (0 or 1), how many match, and the counts of
    all by kind. `membership`: direct, inherited (through a nested group only) or effective.
    """
    nested = [one for one in ids_below(group_id) if one != group_id]
    is_direct = User.id.in_(GroupMember.select(GroupMember.user_id).where(GroupMember.group_id == group_id))
    is_nested = User.id.in_(GroupMember.select(GroupMember.user_id).where(GroupMember.group_id.in_(nested or [""])))
    kinds = {"direct": is_direct, "inherited": is_nested & ~is_direct, "effective": is_direct | is_nested}
    counts = {kind: User.select().where(condition).count() for kind, condition in kinds.items()}
    found = User.select(*MEMBER_COLUMNS, (~is_direct).alias("inherited")).where(kinds[membership])
    if text:
        found = found.where(containing(User.name, text) | containing(User.email, text))
    rows = list(found.order_by(User.name, User.id).paginate(page, PAGE).dicts())
    total = found.count() if text else counts[membership]
    return rows, total, {"direct": counts["direct"], "effective": counts["effective"], "inherited": counts["inherited"]}


MEMBER_COLUMNS = (User.id, User.name, User.email, User.role)


def through(group_id: str, user_ids: Iterable[str]) -> dict[str, list[str]]:
    """Per user the groups nested below `group_id` that name him."""
    found: dict[str, list[str]] = {user_id: [] for user_id in user_ids}
    nested = [one for one in ids_below(group_id) if one != group_id]
    rows = GroupMember.select(GroupMember.user_id, GroupMember.group_id).where(
        GroupMember.group_id.in_(nested or [""]) & GroupMember.user_id.in_(list(found) or [""])
    )
    for user_id, nested_id in rows.tuples():
        found[user_id].append(nested_id)
    return found


def change(group_id: str, values: dict[str, Any]) -> None:
    """Writes these columns of a group, and stamps it."""
    Group.update(**values, updated_at=now()).where(Group.id == group_id).execute()


def set_memberships(user_id: str, names: Iterable[str]) -> None:
    """Makes the user a direct member of the groups with these names and of no other; names without a
    group are passed over."""
    with changing():
        wanted = {group_id for (group_id,) in Group.select(Group.id).where(Group.name.in_(list(names))).tuples()}
        held = direct_ids_of_user(user_id)
        for group_id in held - wanted:
            remove_members(group_id, [user_id])
        for group_id in wanted - held:
            add_members(group_id, [user_id])
