"""What the automations area gives out."""

from typing import Any

_AUTOMATION = (
    "id",
    "user_id",
    "folder_id",
    "name",
    "data",
    "meta",
    "is_active",
    "last_run_at",
    "next_run_at",
    "created_at",
    "updated_at",
)
_RUN = ("id", "automation_id", "chat_id", "status", "error", "created_at")


def listed(row: dict[str, Any], last_run: dict[str, Any] | None) -> dict[str, Any]:
    """An automation in a list, with its latest run."""
    return {
        **{name: row[name] for name in _AUTOMATION},
        "last_run": last_run and {name: last_run[name] for name in _RUN},
        "next_runs": None,
    }
