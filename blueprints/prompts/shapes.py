"""What the prompts area gives out."""

from typing import Any

from models.prompts import Prompt

LISTED = (
    Prompt.id,
    Prompt.command,
    Prompt.user_id,
    Prompt.name,
    Prompt.content,
    Prompt.data,
    Prompt.meta,
    Prompt.tags,
    Prompt.is_active,
    Prompt.version_id,
    Prompt.created_at,
    Prompt.updated_at,
)


def prompt(row: dict[str, Any], around: dict[str, Any]) -> dict[str, Any]:
    """A prompt, whole."""
    return {**row, "access_grants": around["access_grants"]}


def listed(row: dict[str, Any], around: dict[str, Any]) -> dict[str, Any]:
    """The same with its owner."""
    return {**row, **around}
