"""What the tools area gives out."""

from typing import Any

from models.tools import Tool

LISTED = (Tool.version_id, Tool.id, Tool.user_id, Tool.name, Tool.meta, Tool.specs, Tool.updated_at, Tool.created_at)


def listed(row: dict[str, Any], around: dict[str, Any]) -> dict[str, Any]:
    """A tool in a list: what it can do, not its code."""
    meta = row["meta"] or {}
    return {
        "version_id": row["version_id"],
        "id": row["id"],
        "user_id": row["user_id"],
        "name": row["name"],
        "meta": {"i18n": None, "description": None, "manifest": {}, "has_user_valves": False, **meta},
        "updated_at": row["updated_at"],
        "created_at": row["created_at"],
        "content": None,
        "specs": row["specs"] or [],
        **around,
    }


def offered(row: dict[str, Any], around: dict[str, Any]) -> dict[str, Any]:
    """A tool as something to use in a chat."""
    out = listed(row, around)
    del out["write_access"]
    return {**out, "has_user_valves": bool(out["meta"]["has_user_valves"])}
