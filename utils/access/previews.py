"""What a user, or the members of a group, get to see of models, knowledge and tools: for the
administrator's previews. An administrator's own bypass is left out."""

from typing import Any

from models import access_grants, groups
from models.base import Table
from models.knowledge import Knowledge
from models.tools import Tool
from models.workspace_models import WorkspaceModel

_KINDS: tuple[tuple[str, str, Any], ...] = (
    ("models", "model", WorkspaceModel),
    ("knowledge", "knowledge", Knowledge),
    ("tools", "tool", Tool),
)


def of_user(user_id: str) -> dict[str, Any]:
    """Per kind the `{id, name}` that the user may read, and how many there are in all."""
    return _seen(user_id, groups.ids_of_user(user_id))


def of_group(group_id: str) -> dict[str, Any]:
    """The same for somebody who is in this group only, and so in those around it."""
    return _seen("", [group_id, *groups.ids_above(group_id)])


def _seen(user_id: str, group_ids: list[str]) -> dict[str, Any]:
    return {name: _of_kind(table, kind, user_id, group_ids) for name, kind, table in _KINDS}


def _of_kind(table: type[Table], kind: str, user_id: str, group_ids: list[str]) -> dict[str, Any]:
    shared = access_grants.granted(kind, table.id, user_id, group_ids, "read")
    rows = table.select(table.id, table.name).where((table.user_id == user_id) | shared)
    items = list(rows.order_by(table.updated_at.desc()).dicts())
    return {"items": items, "total": table.select().count()}
