"""What the groups area gives out."""

from typing import Any

_GROUP = (
    "parent_group_id",
    "id",
    "user_id",
    "name",
    "description",
    "data",
    "meta",
    "permissions",
    "created_at",
    "updated_at",
    "member_count",
)
_INFO = ("parent_group_id", "id", "user_id", "name", "description", "member_count", "created_at", "updated_at")

# the list of members names nobody's status (observed)
_UNTOLD = {"status_emoji": None, "status_message": None, "status_expires_at": None}


def group(row: dict[str, Any]) -> dict[str, Any]:
    """A group with the number of its direct members."""
    return {name: row[name] for name in _GROUP}


def info(row: dict[str, Any]) -> dict[str, Any]:
    """What every user may know of a group."""
    return {name: row[name] for name in _INFO}


def member(row: dict[str, Any], through: list[str]) -> dict[str, Any]:
    """A member on the list of an administrator; `through` are the nested groups that make him one."""
    return {
        **_UNTOLD,
        "id": row["id"],
        "name": row["name"],
        "email": row["email"],
        "role": row["role"],
        "bio": None,
        "last_active_at": None,
        "timezone": None,
        "groups": [],
        "is_active": False,
        "membership_type": "inherited" if row["inherited"] else "direct",
        "via_group_ids": through if row["inherited"] else [],
    }


def listed_member(row: dict[str, Any]) -> dict[str, Any]:
    """A member on the plain list."""
    return {**row, "groups": [], "is_active": False}


def default_models(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The models that a group's members start with: its own list, or that of the nearest group around
    it. `rows` are the group and those around it, the nearest first."""
    lists = [((row["data"] or {}).get("config") or {}).get("default_models") for row in rows]
    source = next((row for row, models in zip(rows, lists, strict=True) if models), None)
    return {
        "local": lists[0],
        "effective": next((models for models in lists if models), []),
        "source_group_id": source["id"] if source else None,
    }
