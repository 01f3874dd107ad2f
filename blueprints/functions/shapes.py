"""What the functions area gives out."""

from typing import Any

from models.functions import Function

LISTED = (
    Function.version_id,
    Function.id,
    Function.user_id,
    Function.type,
    Function.name,
    Function.meta,
    Function.is_active,
    Function.is_global,
    Function.updated_at,
    Function.created_at,
)


def listed(row: dict[str, Any]) -> dict[str, Any]:
    """A function in a list, without its code."""
    return {**row, "meta": {"description": None, "manifest": {}, **(row["meta"] or {})}}
