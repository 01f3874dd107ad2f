"""What the users area gives out: plain dicts in the contract's order of keys."""

from typing import Any

from models.base import now
from models.users import ACTIVE_FOR, User
from utils.auth import pictures

WHOLE = (
    User.id,
    User.email,
    User.username,
    User.role,
    User.name,
    User.profile_image_url,
    User.profile_banner_image_url,
    User.bio,
    User.gender,
    User.date_of_birth,
    User.timezone,
    User.presence_state,
    User.status_emoji,
    User.status_message,
    User.status_expires_at,
    User.info,
    User.settings,
    User.oauth,
    User.scim,
    User.last_active_at,
    User.updated_at,
    User.created_at,
)
"""The columns of an account as its administrator sees it."""

_STATUS = ("status_emoji", "status_message", "status_expires_at")


def whole(row: dict[str, Any]) -> dict[str, Any]:
    """An account, complete."""
    return {**row, "profile_image_url": pictures.shown(row["id"], row["profile_image_url"])}


def public(row: dict[str, Any], groups: list[dict[str, str]] | None = None, *, active: bool = False) -> dict[str, Any]:
    """What every user may know of an account."""
    return {**row, "groups": groups or [], "is_active": active}


def administered(row: dict[str, Any], groups: list[dict[str, str]]) -> dict[str, Any]:
    """One account with its groups, for an administrator."""
    complete = whole(row)
    head = {name: complete.pop(name) for name in _STATUS}
    head |= {"name": complete.pop("name"), "profile_image_url": complete.pop("profile_image_url")}
    return {**head, "groups": groups, "is_active": is_active(row["last_active_at"]), **complete}


def is_active(last_active_at: int | None) -> bool:
    """Whether the account did something within the last three minutes."""
    return last_active_at is not None and now() - last_active_at <= ACTIVE_FOR


def group(row: dict[str, Any], membership: str | None = None) -> dict[str, Any]:
    """A group that a user belongs to; `membership` (direct or inherited) where it was asked for."""
    shown = {
        "parent_group_id": row["parent_group_id"],
        "id": row["id"],
        "user_id": row["user_id"],
        "name": row["name"],
        "description": row["description"],
        "data": row["data"],
        "meta": row["meta"],
        "permissions": row["permissions"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
    return shown if membership is None else {**shown, "membership_type": membership}
