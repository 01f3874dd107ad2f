"""The raw proxy: the caller's request, on the connection of its model (providers.md sections 4 and 6)."""

from dataclasses import replace
from typing import Any

from flask import g, request

from blueprints.openai import forms
from blueprints.openai.area import area
from models.json_kinds import as_object
from utils.access.permissions import require
from utils.access.roles import verified
from utils.http.errors import ApiError, bad_request, forbidden, unauthorised
from utils.http.parse import takes, whole_body
from utils.providers import catalog, completions, connections, operations, params
from utils.providers.catalog import Model
from utils.providers.connections import Connection
from utils.providers.context import Context
from utils.settings import environment

_AZURE_VERSION = "2023-03-15-preview"

_INDEX = ("url_idx",)


@area.get("/openai/models")
@verified
@takes(query=forms.IndexQuery)
def list_models(query):
    if query["url_idx"] is not None:
        return _of_connection(query["url_idx"])
    operations.require_on(connections.load(), "openai")
    return {"data": catalog.openai_listed(g.user)}


@area.get("/openai/models/<url_idx>")
@verified
@takes(numbers=_INDEX)
def list_models_of(url_idx):
    return _of_connection(url_idx)


def _of_connection(index: int) -> Any:
    if not g.user.is_admin:
        raise unauthorised()
    used = operations.connection("openai", index)
    if used.is_azure:
        return {"data": used.model_ids, "object": "list"}
    return operations.asked(used, "GET", "/models", Context.of_caller(), seconds=10)


@area.post("/openai/chat/completions")
@verified
@takes(free=True)
def chat(body):
    operations.require_on(connections.load(), "openai")
    model = _model(body.get("model"))
    if model is None or model.connections[0].kind != "openai":
        raise ApiError(404, "There is no such model at an OpenAI-type provider.")
    context = Context.of_caller(chat_id=str(as_object(body.get("metadata")).get("chat_id") or ""))
    if not isinstance(body.get("messages") or [], list):
        raise bad_request("messages must be a list.")
    own = replace(model.raw, params=params.unescaped_stop(model.raw.params))
    return completions.complete(own, body, context).relay()


@area.post("/openai/responses")
@verified
@takes(body=forms.ResponsesForm)
def responses(body):
    operations.require_on(connections.load(), "openai")
    model = _model(body["model"])
    if model is not None and model.connections[0].kind == "openai":
        used, name = model.connections[0], model.connections[0].upstream_name(body["model"])
    else:
        used, name = operations.connection("openai", 0), body["model"]
    context = Context.of_caller()
    path = (
        f"/openai/responses?api-version={used.config.get('api_version') or _AZURE_VERSION}"
        if used.is_azure
        else "/responses"
    )
    return operations.passed_on(used, "POST", path, context, {**body, "model": name}, model_id=body["model"])


def _model(model_id: Any) -> Model | None:
    """The model, served by a connection. Raises 403 for a user who may not use it, or if it is unknown
    to him."""
    model = catalog.find(model_id, g.user)
    if model is not None and not model.connections:
        model = None
    if not catalog.bypassed(g.user) and (model is None or not catalog.may_use(g.user, model)):
        raise forbidden("The model was not found, or you do not have access to it.")
    return model


@area.post("/openai/audio/speech")
@verified
def speech():
    require(g.user, "chat.tts")
    found = connections.load()
    operations.require_on(found, "openai")
    used = next((one for one in found.openai if one.url == "https://api.openai.com/v1"), None)
    if used is None:
        raise ApiError(404, "There is no connection to OpenAI.")
    return operations.passed_on(used, "POST", "/audio/speech", Context.of_caller(), whole_body())


@area.get("/openai/<path:path>")
@area.post("/openai/<path:path>")
@area.put("/openai/<path:path>")
@area.delete("/openai/<path:path>")
@verified
def anything(path):
    if not environment.current().openai_passthrough:
        raise forbidden("Passing other requests on is switched off.")
    operations.require_on(connections.load(), "openai")
    body = request.get_json(silent=True, force=True) if whole_body() else None
    named = body.get("model") if isinstance(body, dict) else None
    model = _model(named) if named is not None or not g.user.is_admin else None
    used = model.connections[0] if model is not None else operations.connection("openai", 0)
    return operations.passed_on(
        used, request.method, _passed_path(used, path, model), Context.of_caller(), _passed_body(used, body, named)
    )


def _passed_path(used: Connection, path: str, model: Model | None) -> str:
    if any(part in ("", ".", "..") for part in path.split("/")):
        raise ApiError(400, "This path cannot be passed on.")
    query = request.query_string.decode("latin-1")
    if used.is_azure and model is not None:
        version = used.config.get("api_version") or _AZURE_VERSION
        query = f"api-version={version}" + (f"&{query}" if query else "")
        path = f"openai/deployments/{operations.segment(model.upstream)}/{path}"
    return f"/{path}" + (f"?{query}" if query else "")


def _passed_body(used: Connection, body: Any, named: Any) -> Any:
    if isinstance(body, dict) and isinstance(named, str):
        return {**body, "model": used.upstream_name(named)}
    return whole_body() or None
