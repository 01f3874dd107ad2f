"""What the folders area gives out."""

from typing import Any

_COLUMNS = (
    "id",
    "parent_id",
    "user_id",
    "name",
    "items",
    "meta",
    "data",
    "is_expanded",
    "created_at",
    "updated_at",
)


def folder(row: dict[str, Any]) -> dict[str, Any]:
    """A whole folder."""
    return {name: row[name] for name in _COLUMNS}


def listed(row: dict[str, Any], unread: int) -> dict[str, Any]:
    """An entry of the sidebar; of `meta` only the icon."""
    meta = row["meta"]
    return {
        "id": row["id"],
        "name": row["name"],
        "meta": {"icon": meta.get("icon")} if isinstance(meta, dict) else None,
        "parent_id": row["parent_id"],
        "is_expanded": row["is_expanded"],
        "unread_count": unread,
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def granted(row: dict[str, Any], grants: list[dict[str, Any]], writes: bool) -> dict[str, Any]:
    """A whole folder with its grants."""
    return {**folder(row), "access_grants": grants, "write_access": writes}


def shared(row: dict[str, Any]) -> dict[str, Any]:
    """A folder of somebody else."""
    return {**folder(row), "owner_name": row["owner_name"], "permission": row["permission"]}


def chat(row: dict[str, Any], names: dict[str, str], authors: list[str], active: bool, own: bool) -> dict[str, Any]:
    """A chat in a shared folder. `names` are the people's, by id; `authors` those who wrote in it."""
    people = list(dict.fromkeys([row["user_id"], *authors]))
    return {
        "id": row["id"],
        "title": row["title"],
        "user_id": row["user_id"],
        "updated_at": row["updated_at"],
        "created_at": row["created_at"],
        # how far its owner has read is nobody else's business: to others a chat is read
        "last_read_at": row["last_read_at"] if own else row["updated_at"],
        "owner_name": names.get(row["user_id"]),
        "participants": [{"id": one, "name": names[one]} for one in people if one in names],
        "active": active,
        "readonly": not own,
    }
