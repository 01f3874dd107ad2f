"""Versions of a workspace model."""

from flask import Response

from blueprints.models import forms, shapes, stored
from blueprints.models.area import area
from models import workspace_models
from models.workspace_models import WorkspaceModel
from utils.access.roles import verified
from utils.http.errors import bad_request, not_found
from utils.http.parse import takes


def _row(model_id: str) -> WorkspaceModel:
    return stored.get(model_id, "write", absent=404, denied=403)


def _entry(model_id: str, history_id: str):
    entry = workspace_models.version(model_id, history_id)
    if entry is None:
        raise not_found("There is no such version.")
    return entry


@area.get("/api/v1/models/model/history")
@verified
@takes(query=forms.HistoryQuery)
def list_versions(query):
    row = _row(query["id"])
    return [shapes.version(one) for one in workspace_models.history(row.id, query["page"])]


@area.get("/api/v1/models/model/history/<history_id>")
@verified
@takes(query=forms.IdQuery)
def get_version(history_id, query):
    entry = _entry(_row(query["id"]).id, history_id)
    who = workspace_models.names([entry.user_id]).get(entry.user_id)
    return shapes.whole_version(entry, who["name"] if who else None)


@area.delete("/api/v1/models/model/history/<history_id>")
@verified
@takes(query=forms.IdQuery)
def delete_version(history_id, query):
    row = _row(query["id"])
    entry = _entry(row.id, history_id)
    if entry.id == row.version_id:
        raise bad_request("The current version cannot be deleted.")
    workspace_models.remove_version(entry)
    return Response("true", content_type="application/json")


@area.post("/api/v1/models/model/update/version")
@verified
@takes(body=forms.VersionForm, query=forms.IdQuery)
def use_version(query, body):
    row = _row(query["id"])
    workspace_models.go_back(row.id, _entry(row.id, body["version_id"]))
    row = WorkspaceModel.get_by_id(row.id)
    return shapes.stored(row, stored.grants_of(row))
