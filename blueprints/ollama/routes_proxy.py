"""The proxy to Ollama's own API: show, embed, generate, chat."""

from typing import Any

from flask import Response

from blueprints.ollama import forms, hosts
from blueprints.ollama.area import area
from utils.access.roles import verified
from utils.http.errors import bad_request
from utils.http.parse import takes
from utils.providers import completions, operations
from utils.providers.context import Context

_INDEX = ("url_idx",)


def _pass(path: str, body: dict[str, Any], index: int | None) -> Response:
    used, name, _ = hosts.usable(body.get("model"), index)
    sent = {key: value for key, value in body.items() if value is not None} | {"model": name}
    return operations.passed_on(used, "POST", path, Context.of_caller(), sent, model_id=str(body.get("model")))


@area.post("/ollama/api/show")
@verified
@takes(body=forms.NameForm)
def show(body):
    return _pass("/api/show", {**body, "model": body.get("model") or body.get("name")}, None)


@area.post("/ollama/api/embed")
@area.post("/ollama/api/embed/<url_idx>")
@verified
@takes(body=forms.EmbedForm, query=forms.IndexQuery, numbers=_INDEX)
def embed(body, query, url_idx=None):
    return _pass("/api/embed", body, hosts.index_of(url_idx, query))


@area.post("/ollama/api/embeddings")
@area.post("/ollama/api/embeddings/<url_idx>")
@verified
@takes(body=forms.EmbeddingsForm, query=forms.IndexQuery, numbers=_INDEX)
def embeddings(body, query, url_idx=None):
    return _pass("/api/embeddings", body, hosts.index_of(url_idx, query))


@area.post("/ollama/api/generate")
@area.post("/ollama/api/generate/<url_idx>")
@verified
@takes(body=forms.GenerateForm, query=forms.IndexQuery, numbers=_INDEX)
def generate(body, query, url_idx=None):
    return _pass("/api/generate", body, hosts.index_of(url_idx, query))


@area.post("/ollama/api/chat")
@area.post("/ollama/api/chat/<url_idx>")
@verified
@takes(free=True, query=forms.IndexQuery, numbers=_INDEX)
def chat(body, query, url_idx=None):
    if not isinstance(body.get("model"), str) or not isinstance(body.get("messages"), list):
        raise bad_request("A model and messages are needed.")
    used, name, model = hosts.usable(body["model"], hosts.index_of(url_idx, query))
    context = Context.of_caller()
    sent = {"stream": True} | {key: value for key, value in body.items() if key != "metadata" and value is not None}
    if model is not None:
        sent = completions.with_workspace(model.raw, sent, context)
    return operations.passed_on(used, "POST", "/api/chat", context, {**sent, "model": name}, model_id=body["model"])
