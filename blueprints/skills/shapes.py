"""What the skills area gives out."""

from typing import Any

from models.skills import Skill

LISTED = (
    Skill.version_id,
    Skill.id,
    Skill.user_id,
    Skill.name,
    Skill.description,
    Skill.meta,
    Skill.is_active,
    Skill.updated_at,
    Skill.created_at,
)


def listed(row: dict[str, Any], around: dict[str, Any]) -> dict[str, Any]:
    """A skill in a list, without its text."""
    meta = row["meta"] or {}
    return {**row, "meta": {"i18n": meta.get("i18n"), "tags": meta.get("tags", [])}, **around}


def offered(row: dict[str, Any], around: dict[str, Any]) -> dict[str, Any]:
    """A skill as something to use in a chat."""
    out = listed(row, around)
    del out["write_access"]
    return out
