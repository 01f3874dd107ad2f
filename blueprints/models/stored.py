"""What the routes of this area share: rows with their rights, and values as they are stored."""

from collections.abc import Mapping
from typing import Any

from flask import g

from models import access_grants, file_links
from models.workspace_models import WorkspaceModel
from utils.access import files
from utils.auth import pictures
from utils.http.errors import ApiError, forbidden, not_found, unauthorised
from utils.providers.catalog import MODELS

KIND = "model"


def get(model_id: str, permission: str | None, *, absent: int = 401, denied: int = 401) -> WorkspaceModel:
    """The row, if the caller has the permission (None: any of read and write). Raises `absent`, `denied`."""
    row = WorkspaceModel.get_or_none(WorkspaceModel.id == model_id)
    if row is None:
        raise ApiError(absent, "There is no such model.")
    held = MODELS.permissions(row, g.user)
    if not held or (permission is not None and permission not in held):
        raise ApiError(denied, "You do not have access to this model.")
    return row


def may_write(row: WorkspaceModel) -> bool:
    """Whether the caller may change the row."""
    return "write" in MODELS.permissions(row, g.user)


def grants_of(row: WorkspaceModel) -> list[dict[str, Any]]:
    """The row's grants, whole."""
    return access_grants.of_resources(KIND, [row.id])[row.id]


def values(body: Mapping[str, Any], known: WorkspaceModel | None) -> dict[str, Any]:
    """The columns for a form. A picture that was not sent stays; one that cannot be shown is dropped.
    Raises 403 for a file that the caller may not read."""
    _check_files(body["meta"], known)
    meta = {name: value for name, value in body["meta"].items() if name != "chat_variables_schema"}
    given = known.meta.get("profile_image_url") if known is not None and known.meta else None
    picture = meta.get("profile_image_url", given)
    meta["profile_image_url"] = picture if isinstance(picture, str) and pictures.acceptable(picture) else None
    if "tags" in meta:
        meta["tags"] = _tags(meta["tags"])
    return {
        "name": body["name"],
        "base_model_id": None if body["base_model_id"] == body.get("id") else body["base_model_id"],
        "params": body["params"],
        "meta": meta,
        "is_active": body["is_active"],
    }


def _check_files(meta: Mapping[str, Any], known: WorkspaceModel | None) -> None:
    """A model passes its files on, so only what the caller may read can be put into one."""
    new = file_links.of_model(meta) - file_links.of_model(known.meta if known is not None else None)
    if new and not g.user.is_admin and new != set(files.readable(new, g.user)):
        raise forbidden("You do not have access to a file of this model.")


def check_base(body: Mapping[str, Any]) -> None:
    """Only administrators describe provider models. Raises 401."""
    if body["base_model_id"] in (None, body.get("id")) and not g.user.is_admin:
        raise unauthorised("A workspace model needs a base model.")


def _tags(given: Any) -> list[dict[str, Any]]:
    tags = given if isinstance(given, list) else []
    names = [tag.get("name") if isinstance(tag, dict) else tag for tag in tags]
    return [{"name": name} for name in dict.fromkeys(names) if isinstance(name, str) and name]


def absent() -> ApiError:
    """404."""
    return not_found("There is no such model.")
