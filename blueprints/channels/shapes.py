"""What the channels area gives out."""

from typing import Any

_CHANNEL = ("id", "user_id", "type", "name", "description", "is_private", "data", "meta")
_STAMPS = ("created_at", "updated_at", "updated_by", "archived_at", "archived_by", "deleted_at", "deleted_by")


def listed(row: dict[str, Any], grants: list[dict[str, Any]], people: list[dict[str, Any]] | None) -> dict[str, Any]:
    """A channel in the sidebar; `people` are those of a direct conversation."""
    return {
        **{name: row[name] for name in _CHANNEL},
        "access_grants": grants,
        **{name: row[name] for name in _STAMPS},
        "is_channel_muted": bool(row["is_channel_muted"]),
        "user_ids": None if people is None else [person["id"] for person in people],
        "users": people,
        "last_message_at": row["last_message_at"],
        "unread_count": row["unread_count"] or 0,
    }
