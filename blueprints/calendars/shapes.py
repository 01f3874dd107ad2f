"""What the calendars area gives out. All times are nanoseconds."""

from typing import Any

from models.base import now_ns

SCHEDULED = "__scheduled_tasks__"
"""The calendar that shows when automations run; no row stands behind it."""

_CALENDAR = ("id", "user_id", "name", "color", "is_default")
_EVENT = (
    "id",
    "calendar_id",
    "user_id",
    "title",
    "description",
    "start_at",
    "end_at",
    "all_day",
    "rrule",
    "color",
    "location",
    "data",
    "meta",
    "is_cancelled",
)
_ATTENDEE = ("id", "event_id", "user_id", "status", "meta", "created_at", "updated_at")


def calendar(row: dict[str, Any], grants: list[dict[str, Any]]) -> dict[str, Any]:
    """A calendar."""
    return {
        **{name: row[name] for name in _CALENDAR},
        "is_system": False,
        "data": row["data"],
        "meta": row["meta"],
        "access_grants": grants,
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }


def scheduled_tasks(user_id: str) -> dict[str, Any]:
    """The calendar of the user's automations."""
    moment = now_ns()
    return {
        "id": SCHEDULED,
        "user_id": user_id,
        "name": "Scheduled Tasks",
        "color": "#8b5cf6",
        "is_default": False,
        "is_system": True,
        "data": None,
        "meta": None,
        "access_grants": [],
        "created_at": moment,
        "updated_at": moment,
    }


def event(row: dict[str, Any], attendees: list[dict[str, Any]], owner: dict[str, Any] | None) -> dict[str, Any]:
    """An event."""
    return {
        **{name: row[name] for name in _EVENT},
        "attendees": [{name: one[name] for name in _ATTENDEE} for one in attendees],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "user": owner,
    }


def occurrence(shown: dict[str, Any], start_at: int) -> dict[str, Any]:
    """One date of an event that comes again; it lasts as long as the first."""
    lasts = None if shown["end_at"] is None else shown["end_at"] - shown["start_at"]
    return {
        **shown,
        "start_at": start_at,
        "end_at": None if lasts is None else start_at + lasts,
        "instance_id": f"{shown['id']}_{start_at}",
    }


def task(row: dict[str, Any]) -> dict[str, Any]:
    """An automation as an event that comes again."""
    return {
        **dict.fromkeys(_EVENT),
        "id": f"auto_{row['id']}",
        "calendar_id": SCHEDULED,
        "user_id": row["user_id"],
        "title": row["name"],
        "description": row["data"].get("prompt"),
        "all_day": False,
        "rrule": row["data"].get("rrule"),
        "meta": {"automation_id": row["id"]},
        "is_cancelled": False,
        "attendees": [],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "user": None,
    }
