"""One workspace model: create, read, change, share, delete; its picture."""

from flask import Response, g, request
from peewee import IntegrityError

from blueprints.models import forms, shapes, stored
from blueprints.models.area import area
from models import access_grants, workspace_models
from models.database import write
from models.workspace_models import WorkspaceModel
from utils.access.permissions import require
from utils.access.roles import admin, verified
from utils.access.sharing import require_shareable, shareable
from utils.auth import pictures
from utils.http.errors import bad_request, forbidden, unauthorised
from utils.http.parse import takes
from utils.providers.catalog import MODELS
from utils.settings import environment

_LONGEST_ID = 256
_DEFAULT_PICTURE = "/static/favicon.png"


@area.post("/api/v1/models/create")
@verified
@takes(body=forms.ModelForm)
def create_model(body):
    require(g.user, "workspace.models", denied=401)
    if len(body["id"]) > _LONGEST_ID:
        raise bad_request("The id of a model has 256 characters at most.")
    if WorkspaceModel.get_or_none(WorkspaceModel.id == body["id"]) is not None:
        raise _taken()
    stored.check_base(body)
    grants = shareable(g.user, "models", body["access_grants"])
    try:
        with write():
            workspace_models.add({"id": body["id"], **stored.values(body, None)}, g.user.id, body["commit_message"])
            access_grants.replace(stored.KIND, body["id"], grants)
    except IntegrityError:
        raise _taken() from None
    return _answer(body["id"])


@area.get("/api/v1/models/model")
@verified
@takes(query=forms.IdQuery)
def get_model(query):
    row = stored.get(query["id"], None, absent=404)
    return shapes.shown(row, stored.grants_of(row), stored.may_write(row))


@area.post("/api/v1/models/model/update")
@verified
@takes(body=forms.ModelForm)
def update_model(body):
    row = stored.get(body["id"], "write", denied=400)
    stored.check_base(body)
    workspace_models.change(row.id, stored.values(body, row), g.user.id, body["commit_message"])
    return _answer(row.id)


@area.post("/api/v1/models/model/toggle")
@verified
@takes(query=forms.IdQuery)
def toggle_model(query):
    row = stored.get(query["id"], "write")
    workspace_models.toggle(row.id)
    return _answer(row.id)


@area.post("/api/v1/models/model/access/update")
@verified
@takes(body=forms.AccessForm)
def share_model(body):
    if WorkspaceModel.get_or_none(WorkspaceModel.id == body["id"]) is None:
        return _describe(body)
    row = stored.get(body["id"], "write", denied=400)
    grants = require_shareable(g.user, "models", body["access_grants"])
    access_grants.replace(stored.KIND, row.id, grants)
    return _answer(row.id)


def _describe(body):
    """Sharing a provider's model makes its row, by administrators."""
    if not g.user.is_admin:
        raise forbidden()
    meta = {"meta": forms.MetaForm().load({}), "params": {}, "base_model_id": None, "is_active": True}
    with write():
        workspace_models.add(
            {"id": body["id"], **stored.values({**meta, "name": body["name"] or body["id"]}, None)}, g.user.id
        )
        access_grants.replace(stored.KIND, body["id"], body["access_grants"])
    return _answer(body["id"])


@area.post("/api/v1/models/model/delete")
@verified
@takes(body=forms.IdForm)
def delete_model(body):
    row = stored.get(body["id"], "write")
    workspace_models.remove([row.id])
    return Response("true", content_type="application/json")


@area.delete("/api/v1/models/delete/all")
@admin
def delete_all():
    workspace_models.remove(None)
    return Response("true", content_type="application/json")


@area.get("/api/v1/models/model/profile/image")
@verified
@takes(query=forms.IdQuery)
def profile_image(query):
    row = WorkspaceModel.get_or_none(WorkspaceModel.id == query["id"])
    allowed = row is not None and (environment.current().bypass_model_access or MODELS.permissions(row, g.user))
    picture = (row.meta or {}).get("profile_image_url") if allowed else None
    if not isinstance(picture, str) or not picture.lower().startswith(("http://", "https://", "data:")):
        return _elsewhere(_DEFAULT_PICTURE)
    response = pictures.serve(picture)
    if "Location" in response.headers:
        return response
    if not picture.lower().startswith("data:") or response.content_type == "image/png" and response.is_streamed:
        return _elsewhere(_DEFAULT_PICTURE)
    etag = f'"{row.updated_at}"'
    response.headers["ETag"] = etag
    if request.headers.get("If-None-Match") == etag:
        response.status_code = 304
        response.set_data(b"")
    return response


def _elsewhere(address: str) -> Response:
    response = Response(status=302, headers={"Location": address})
    del response.headers["Content-Type"]
    return response


def _answer(model_id: str):
    return shapes.saved(WorkspaceModel.get_by_id(model_id))


def _taken():
    return unauthorised("There is a model with this id already.")
