"""The proxy to the OpenAI and Anthropic formats of an Ollama host, under its `/v1`."""

from typing import Any

from flask import Response

from blueprints.ollama import forms, hosts
from blueprints.ollama.area import area
from utils.access.roles import verified
from utils.http.errors import bad_request
from utils.http.parse import takes
from utils.providers import operations, params, payload, prompts
from utils.providers.catalog import Model
from utils.providers.context import Context

_INDEX = ("url_idx",)


def _pass(path: str, body: dict[str, Any], index: int | None, *needed: str, workspace: bool = False) -> Response:
    if any(body.get(name) is None for name in needed):
        raise bad_request("Needed are: " + ", ".join(needed))
    used, name, model = hosts.usable(body.get("model"), index)
    context = Context.of_caller()
    sent = {key: value for key, value in body.items() if key != "metadata"} | {"model": name}
    if workspace and model is not None:
        sent = _with_workspace(model.raw, sent, context)
    return operations.passed_on(used, "POST", f"/v1/{path}", context, sent, model_id=str(body.get("model")))


def _with_workspace(model: Model, body: dict[str, Any], context: Context) -> dict[str, Any]:
    out = params.placed(body, model.params, "openai")
    system = model.params.get("system")
    if isinstance(system, str) and system:
        out["messages"] = payload.with_system(out["messages"], prompts.rendered(system, context.user))
    return out


@area.post("/ollama/v1/chat/completions")
@area.post("/ollama/v1/chat/completions/<url_idx>")
@verified
@takes(free=True, query=forms.IndexQuery, numbers=_INDEX)
def chat_completions(body, query, url_idx=None):
    index = hosts.index_of(url_idx, query)
    return _pass("chat/completions", body, index, "model", "messages", workspace=True)


@area.post("/ollama/v1/completions")
@area.post("/ollama/v1/completions/<url_idx>")
@verified
@takes(free=True, query=forms.IndexQuery, numbers=_INDEX)
def text_completions(body, query, url_idx=None):
    return _pass("completions", body, hosts.index_of(url_idx, query), "model", "prompt")


@area.post("/ollama/v1/embeddings")
@area.post("/ollama/v1/embeddings/<url_idx>")
@verified
@takes(free=True, query=forms.IndexQuery, numbers=_INDEX)
def openai_embeddings(body, query, url_idx=None):
    return _pass("embeddings", body, hosts.index_of(url_idx, query), "model", "input")


@area.post("/ollama/v1/messages")
@area.post("/ollama/v1/messages/<url_idx>")
@verified
@takes(free=True, query=forms.IndexQuery, numbers=_INDEX)
def messages(body, query, url_idx=None):
    return _pass("messages", body, hosts.index_of(url_idx, query))


@area.post("/ollama/v1/responses")
@area.post("/ollama/v1/responses/<url_idx>")
@verified
@takes(body=forms.ResponsesForm, query=forms.IndexQuery, numbers=_INDEX)
def responses(body, query, url_idx=None):
    return _pass("responses", body, hosts.index_of(url_idx, query))
