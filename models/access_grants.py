"""Who else may read or write a resource (data.md section 4). Columns and units: data.md section 2."""

from collections.abc import Iterable
from typing import Any

from peewee import SQL, BigIntegerField, Expression, Field, TextField, fn

from models.base import Prepared, Table, new_id, now
from models.database import write


class AccessGrant(Table):
    id = TextField(primary_key=True, default=new_id)
    resource_type = TextField()
    resource_id = TextField()
    principal_type = TextField()
    principal_id = TextField()
    permission = TextField()
    created_at = BigIntegerField(default=now)

    class Meta:
        table_name = "access_grant"


EVERYONE = "*"


def held(user_id: str, group_ids: list[str], *, public: bool = True) -> Expression:
    """The condition "this grant is the user's": his own, of a group of his, or (`public`) everybody's."""
    names = [user_id, EVERYONE] if public else [user_id]
    own = (AccessGrant.principal_type == "user") & AccessGrant.principal_id.in_(names)
    if not group_ids:
        return own
    return own | ((AccessGrant.principal_type == "group") & AccessGrant.principal_id.in_(group_ids))


def granted(
    kind: str, resource_id: Field, user_id: str, group_ids: list[str], permission: str, *, public: bool = True
) -> Expression:
    """The condition "the user holds `permission` on the row", for lists."""
    return fn.EXISTS(
        AccessGrant.select(SQL("1")).where(
            (AccessGrant.resource_type == kind)
            & (AccessGrant.resource_id == resource_id)
            & (AccessGrant.permission == permission)
            & held(user_id, group_ids, public=public)
        )
    )


def permissions_of(kind: str, resource_id: str, user_id: str, group_ids: list[str]) -> set[str]:
    """Which of read and write the user holds on one row. Write does not include read."""
    rows = (
        AccessGrant.select(AccessGrant.permission)
        .where(
            (AccessGrant.resource_type == kind) & (AccessGrant.resource_id == resource_id) & held(user_id, group_ids)
        )
        .distinct()
    )
    return {permission for (permission,) in rows.tuples()}


def of_resources(kind: str, resource_ids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """The grants of several rows, whole, by resource id, in one query."""
    found: dict[str, list[dict[str, Any]]] = {resource_id: [] for resource_id in resource_ids}
    rows = AccessGrant.select().where(
        (AccessGrant.resource_type == kind) & AccessGrant.resource_id.in_(list(found) or [""])
    )
    for row in rows.dicts():
        found[row["resource_id"]].append(row)
    return found


def replace(kind: str, resource_id: str, grants: Iterable[dict[str, str]]) -> list[dict[str, Any]]:
    """Gives the row these grants (principal_type, principal_id, permission) and no other; returns
    them whole. Invalid ones are dropped, repeated ones merged (data.md section 4)."""
    wanted = {
        (one.get("principal_type"), one.get("principal_id"), one.get("permission")): None for one in sound(kind, grants)
    }
    rows = [
        {
            "id": new_id(),
            "resource_type": kind,
            "resource_id": resource_id,
            "principal_type": principal_type,
            "principal_id": principal_id,
            "permission": permission,
            "created_at": now(),
        }
        for principal_type, principal_id, permission in wanted
    ]
    with write():
        remove(kind, [resource_id])
        if rows:
            AccessGrant.insert_many(rows).execute()
    return rows


def sound(kind: str, grants: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of these grants that can be given on a resource of this kind at all; the rest means nothing."""
    return [one for one in grants if _valid(kind, one)]


def remove(kind: str, resource_ids: list[str]) -> None:
    """Deletes all grants of these rows."""
    AccessGrant.delete().where(
        (AccessGrant.resource_type == kind) & AccessGrant.resource_id.in_(resource_ids)
    ).execute()


def _valid(kind: str, grant: dict[str, str]) -> bool:
    principal, permission = grant.get("principal_type"), grant.get("permission")
    if (
        permission not in ("read", "write")
        or not isinstance(grant.get("principal_id"), str)
        or not grant["principal_id"]
    ):
        return False
    if principal == "anyone":
        return kind == "shared_chat" and permission == "read" and grant["principal_id"] == EVERYONE
    return principal in ("user", "group")


def of_kind(kind: str) -> tuple[tuple[Any, ...], ...]:
    """Every grant on resources of a kind, as tuples in the order of `COLUMNS`."""
    return tuple(tuple(row.values()) for row in _OF_KIND.rows(kind))


COLUMNS = ("id", "resource_type", "resource_id", "principal_type", "principal_id", "permission", "created_at")
_OF_KIND = Prepared(lambda kind: AccessGrant.select().where(AccessGrant.resource_type == kind))
