"""Workspace models in bulk: export, import, and making this server's rows the given ones."""

from typing import Any

from flask import Response, g, request
from marshmallow import ValidationError

from blueprints.models import forms, shapes, stored
from blueprints.models.area import area
from models import access_grants, workspace_models
from models.database import write
from models.workspace_models import WorkspaceModel
from utils.access.permissions import require
from utils.access.roles import admin, verified
from utils.access.sharing import shareable
from utils.http.errors import bad_request, forbidden, unauthorised
from utils.http.parse import takes
from utils.providers import catalog
from utils.providers.catalog import MODELS


@area.get("/api/v1/models/export")
@verified
def export_models():
    require(g.user, "workspace.models_export", denied=401)
    rows = MODELS.select(g.user, "write").where(WorkspaceModel.base_model_id.is_null(False))
    wanted = request.args.getlist("ids")
    found = {row.id: row for row in (rows.where(WorkspaceModel.id.in_(wanted)) if wanted else rows)}
    if any(one not in found for one in wanted):
        raise forbidden("Not all of these models are yours to export.")
    grants = access_grants.of_resources("model", found)
    return [
        {**shapes.stored(found[one], grants[one]), "background_image_data": None} for one in (wanted or list(found))
    ]


@area.post("/api/v1/models/import")
@verified
@takes(body=forms.ImportForm)
def import_models(body):
    require(g.user, "workspace.models_import", denied=401)
    given = [one for one in body["models"] if forms.is_id(one.get("id"))]
    known = WorkspaceModel.by_ids({one["id"] for one in given})
    jobs = [_checked(one, known.get(one["id"])) for one in given]
    with write():
        for form, grants, row in jobs:
            _store(form, grants, row)
    return Response("true", content_type="application/json")


def _checked(given: dict[str, Any], row: WorkspaceModel | None):
    """One model of an import, judged before anything is written. Raises 401 or 400."""
    if row is not None and "write" not in MODELS.permissions(row, g.user):
        raise unauthorised("There is a model with this id already.")
    try:
        form = forms.imported(given, row.values() if row is not None else None)
    except ValidationError:
        raise bad_request("A model of the import is incomplete or has a wrong form.") from None
    if form["base_model_id"] is None and not g.user.is_admin and catalog.find(form["id"], g.user) is not None:
        raise unauthorised("Only administrators describe the models of providers.")
    return form, shareable(g.user, "models", form["access_grants"]), row


def _store(form: dict[str, Any], grants: list[dict[str, Any]], row: WorkspaceModel | None) -> None:
    if row is not None:
        workspace_models.change(row.id, stored.values(form, row), g.user.id)
        return
    if WorkspaceModel.get_or_none(WorkspaceModel.id == form["id"]) is None:
        workspace_models.add({"id": form["id"], **stored.values(form, None)}, g.user.id)
        access_grants.replace(stored.KIND, form["id"], grants)


@area.post("/api/v1/models/sync")
@admin
@takes(body=forms.SyncForm)
def sync_models(body):
    with write():
        wanted = {one["id"]: one for one in body["models"]}
        known = WorkspaceModel.by_ids([one for (one,) in WorkspaceModel.select(WorkspaceModel.id).tuples()])
        if gone := [one for one in known if one not in wanted]:
            workspace_models.remove(gone)
        for model_id, form in wanted.items():
            if model_id in known:
                workspace_models.change(model_id, stored.values(form, known[model_id]), g.user.id)
            else:
                workspace_models.add({"id": model_id, **stored.values(form, None)}, g.user.id)
                access_grants.replace(stored.KIND, model_id, form["access_grants"])
    rows = list(WorkspaceModel.select())
    grants = access_grants.of_resources("model", [row.id for row in rows])
    return [shapes.stored(row, grants[row.id]) for row in rows]
