"""What the models area gives out."""

from typing import Any

from models import access_grants
from models.workspace_models import WorkspaceModel, WorkspaceModelHistory
from utils.providers import entries

_META = (
    "profile_image_url",
    "background_image_url",
    "description",
    "i18n",
    "capabilities",
    "knowledge",
    "voice",
    "voice_avatar",
)


def stored(row: WorkspaceModel, grants: list[dict[str, Any]], *, params: bool = True) -> dict[str, Any]:
    """A row, whole; without its params for who may only read."""
    given: Any = row.params or {}
    meta: dict[str, Any] = {**dict.fromkeys(_META), **(row.meta or {})}
    meta.pop("chat_variables_schema", None)
    return {
        "version_id": row.version_id,
        "id": row.id,
        "user_id": row.user_id,
        "base_model_id": row.base_model_id,
        "name": row.name,
        "params": given if params else entries.public_params(given),
        "meta": meta,
        "access_grants": grants,
        "is_active": row.is_active,
        "updated_at": row.updated_at,
        "created_at": row.created_at,
    }


def saved(row: WorkspaceModel) -> dict[str, Any]:
    """A row as it was just saved, with its grants."""
    return stored(row, access_grants.of_resources("model", [row.id])[row.id])


def shown(row: WorkspaceModel, grants: list[dict[str, Any]], writable: bool) -> dict[str, Any]:
    """A row for somebody who uses it: with what its prompt asks of a chat."""
    out = stored(row, grants, params=writable)
    entries.with_schema(out["meta"], row.params or {})  # type: ignore[arg-type]
    return {**out, "user": None, "write_access": writable}


def listed(
    row: WorkspaceModel, grants: list[dict[str, Any]], owner: dict[str, Any] | None, writable: bool
) -> dict[str, Any]:
    """A row in a list: without its picture, with its owner."""
    out = shown(row, grants, writable)
    out["meta"].pop("profile_image_url", None)
    return {**out, "user": owner}


def version(row: dict[str, Any]) -> dict[str, Any]:
    """A line of the history."""
    return {
        "id": row["id"],
        "model_id": row["model_id"],
        "parent_id": row["parent_id"],
        "user_id": row["user_id"],
        "commit_message": row["commit_message"],
        "created_at": row["created_at"],
        "user": None if row["user_name"] is None else {"name": row["user_name"]},
    }


def whole_version(entry: WorkspaceModelHistory, user_name: str | None) -> dict[str, Any]:
    """One version with what it holds."""
    return {**version({**entry.values(), "user_name": user_name}), "snapshot": entry.snapshot}
