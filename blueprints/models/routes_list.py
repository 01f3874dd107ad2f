"""The model list as chats use it, and the lists of workspace models."""

from typing import Any

from flask import Response, g

from blueprints.models import forms, shapes
from blueprints.models.area import area
from models import access_grants
from models.workspace_models import WorkspaceModel, names
from utils.access.permissions import group_ids
from utils.access.roles import admin, verified
from utils.http.errors import ApiError, bad_request
from utils.http.parse import takes
from utils.providers import catalog, operations
from utils.providers.catalog import MODELS
from utils.providers.context import Context

_PAGE = 30
_ORDERS = ("name", "created_at", "updated_at")
_LEAST: dict[str, Any] = {"name": "", "created_at": 0, "updated_at": 0}
_FILTERS = ("query", "view_option", "tag", "order_by", "direction")


@area.get("/api/models")
@area.get("/api/v1/models")
@verified
@takes(query=forms.RefreshQuery)
def list_usable(query):
    return Response(catalog.listed_json(g.user, query["refresh"]), content_type="application/json")


@area.get("/api/models/base")
@admin
def list_base():
    return {"data": catalog.base_listed(g.user)}


@area.post("/api/models/unload")
@admin
@takes(body=forms.UnloadForm)
def unload(body):
    model = catalog.find(body["model"], g.user)
    if model is None:
        raise ApiError(404, f"There is no model {body['model']!r}.")
    if model.owned_by != "ollama" and model.provider != "llama.cpp":
        raise bad_request("The provider of this model cannot unload models.")
    operations.unload(model, Context.of_caller())
    return {"status": True}


@area.get("/api/v1/models/list")
@verified
@takes(query=forms.ListQuery)
def list_workspace(query):
    visible = _visible()
    found = [row for row in catalog.rows() if row.base_model_id is not None and (visible is None or row.id in visible)]
    owners = names({row.user_id for row in found})
    found = [row for row in found if _matches(row, query, owners.get(row.user_id))]
    _sort(found, query)
    start = (max(query["page"] or 1, 1) - 1) * _PAGE
    page = found[start : start + _PAGE]
    grants = access_grants.of_resources("model", [row.id for row in page])
    items = [
        shapes.listed(row, grants[row.id], owners.get(row.user_id), _is_writable(row, grants[row.id])) for row in page
    ]
    return {"items": items, "total": len(found)}


@area.get("/api/v1/models/tags")
@verified
def list_tags():
    visible = _visible()
    return _tags(
        row for row in catalog.rows() if row.base_model_id is not None and (visible is None or row.id in visible)
    )


@area.get("/api/v1/models/all")
@admin
def list_all():
    return _whole(list(WorkspaceModel.select()))


@area.get("/api/v1/models/base")
@admin
@takes(query=forms.TagQuery)
def list_overrides(query):
    rows = list(WorkspaceModel.select().where(WorkspaceModel.base_model_id.is_null()))
    return _whole([row for row in rows if query["tag"] is None or query["tag"] in _names_of_tags(row)])


@area.get("/api/v1/models/base/tags")
@admin
def list_override_tags():
    return _tags(row for row in catalog.rows() if row.base_model_id is None)


def _whole(rows: list[WorkspaceModel]) -> list[dict[str, Any]]:
    grants = access_grants.of_resources("model", [row.id for row in rows])
    return [shapes.stored(row, grants[row.id]) for row in rows]


def _visible() -> set[str] | None:
    if MODELS.bypassed(g.user):
        return None
    return {row_id for (row_id,) in MODELS.select(g.user, "read", WorkspaceModel.id).tuples()}


def _is_writable(row: WorkspaceModel, grants: list[dict[str, Any]]) -> bool:
    if row.user_id == g.user.id or MODELS.bypassed(g.user):
        return True
    mine = {("user", g.user.id), ("user", access_grants.EVERYONE)} | {("group", one) for one in group_ids(g.user.id)}
    return any(one["permission"] == "write" and (one["principal_type"], one["principal_id"]) in mine for one in grants)


def _matches(row: WorkspaceModel, query: dict[str, Any], owner: dict[str, Any] | None) -> bool:
    if query["view_option"] == "created" and row.user_id != g.user.id:
        return False
    if query["view_option"] == "shared" and row.user_id == g.user.id:
        return False
    if query["tag"] and query["tag"] not in _names_of_tags(row):
        return False
    if not query["query"]:
        return True
    places = [row.name, row.base_model_id, *((owner["name"], owner["email"]) if owner else ())]
    wanted = query["query"].lower()
    return any(wanted in str(place or "").lower() for place in places)


def _sort(rows: list[Any], query: dict[str, Any]) -> None:
    """As asked; else the oldest first, but for an administrator who filters nothing the newest."""
    order = query["order_by"]
    if order in _ORDERS:
        rows.sort(key=lambda row: getattr(row, order) or _LEAST[order], reverse=query["direction"] != "asc")
    elif MODELS.bypassed(g.user) and not any(query[name] for name in _FILTERS):
        rows.sort(key=lambda row: row.created_at or 0, reverse=True)


def _names_of_tags(row: Any) -> list[str]:
    tags = (row.meta or {}).get("tags")
    found = [tag.get("name") if isinstance(tag, dict) else tag for tag in (tags if isinstance(tags, list) else [])]
    return [name for name in found if isinstance(name, str)]


def _tags(rows: Any) -> list[str]:
    return sorted({name for row in rows for name in _names_of_tags(row)})
