"""What the notes area gives out."""

from typing import Any


def item(row: dict[str, Any], around: dict[str, Any]) -> dict[str, Any]:
    """A note in a list: the beginning of its text."""
    return {
        "id": row["id"],
        "title": row["title"],
        "data": _beginning(row),
        "is_pinned": bool(row["is_pinned"]),
        "updated_at": row["updated_at"],
        "created_at": row["created_at"],
        "user": around["user"],
    }


def found(row: dict[str, Any], around: dict[str, Any]) -> dict[str, Any]:
    """A note among the results of a search."""
    return {
        "id": row["id"],
        "user_id": row["user_id"],
        "title": row["title"],
        "data": _beginning(row),
        "meta": row["meta"],
        "is_pinned": bool(row["is_pinned"]),
        "access_grants": around["access_grants"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "user": around["user"],
    }


def _beginning(row: dict[str, Any]) -> dict[str, Any]:
    return {} if row["preview"] is None else {"content": {"md": row["preview"]}}
