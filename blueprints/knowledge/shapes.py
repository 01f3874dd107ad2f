"""What the knowledge area gives out."""

from typing import Any

from models.knowledge import Knowledge

LISTED = (
    Knowledge.id,
    Knowledge.user_id,
    Knowledge.name,
    Knowledge.description,
    Knowledge.meta,
    Knowledge.created_at,
    Knowledge.updated_at,
)
_FILE = ("id", "user_id", "hash", "filename", "meta", "created_at", "updated_at", "directory_id")
_BASE = ("id", "user_id", "name", "description", "meta", "created_at", "updated_at")


def listed(row: dict[str, Any], around: dict[str, Any], file_count: int) -> dict[str, Any]:
    """A knowledge base in a list."""
    return {**row, "description": row["description"] or "", **around, "file_count": file_count}


def file(row: dict[str, Any], path: str, owner: dict[str, Any] | None, grants: list[dict[str, Any]]) -> dict[str, Any]:
    """A file of a knowledge base; `owner` put it there, `grants` are those of the base."""
    return {
        **{name: row[name] for name in _FILE},
        "data": None,
        "directory_path": path,
        "has_original": bool(row["path"]),
        "user": owner,
        "collection": {**{name: row[f"base_{name}"] for name in _BASE}, "access_grants": grants},
    }


def connection(stored: dict[str, Any]) -> dict[str, Any]:
    """A connection to knowledge kept elsewhere; of its credentials only whether there are any."""
    shown = {name: value for name, value in stored.items() if name != "auth_config"}
    return {**shown, "auth_configured": bool(stored.get("auth_config"))}
