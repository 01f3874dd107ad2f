"""Models of Ollama hosts: lists, versions, pull, push, create, copy, delete, unload."""

import re
import time
from typing import Any

from flask import Response, g

from blueprints.ollama import forms, hosts
from blueprints.ollama.area import area
from utils.access.roles import admin, verified
from utils.http.errors import bad_request, unauthorised
from utils.http.parse import takes
from utils.providers import catalog, client, connections, lists, operations
from utils.providers.connections import Connection
from utils.providers.context import Context

_INDEX = ("url_idx",)


def _enabled() -> list[Connection]:
    found = connections.load()
    return [one for one in found.ollama if one.enabled] if found.ollama_on else []


def _true() -> Response:
    lists.forget()
    return Response("true", content_type="application/json")


def _only_admin() -> None:
    if not g.user.is_admin:
        raise unauthorised()


@area.get("/ollama/api/tags")
@area.get("/ollama/api/tags/<url_idx>")
@verified
@takes(query=forms.IndexQuery, numbers=_INDEX)
def tags(query, url_idx=None):
    index = hosts.index_of(url_idx, query)
    if index is None:
        operations.require_on(connections.load(), "ollama")
        return {"models": catalog.ollama_listed(g.user)}
    _only_admin()
    return operations.asked(operations.connection("ollama", index), "GET", "/api/tags", Context.of_caller(), seconds=10)


@area.get("/ollama/api/ps")
@admin
def running():
    """The loaded models of all hosts, merged; `urls` says where."""
    context = Context.of_caller()
    merged: dict[str, dict[str, Any]] = {}
    for used in _enabled():
        for answer in operations.first_that_answers([used], "/api/ps", context):
            for one in answer.get("models") or ():
                name = f"{used.prefix_id}.{one['model']}" if used.prefix_id else one["model"]
                entry = merged.setdefault(name, {**one, "model": name, "urls": []})
                entry["urls"].append(used.index)
    return {"models": list(merged.values())}


@area.get("/ollama/api/version")
@area.get("/ollama/api/version/<url_idx>")
@verified
@takes(query=forms.IndexQuery, numbers=_INDEX)
def version(query, url_idx=None):
    index, context = hosts.index_of(url_idx, query), Context.of_caller()
    if index is not None:
        _only_admin()
    if not connections.load().ollama_on:
        return {"version": False}
    if index is not None:
        return operations.asked(operations.connection("ollama", index), "GET", "/api/version", context, seconds=10)
    found = [one["version"] for one in operations.first_that_answers(_enabled(), "/api/version", context)]
    if not found:
        raise operations.no_answer()
    return {"version": min(found, key=_comparable)}


def _comparable(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.split("-")[0]))


@area.get("/ollama/v1/models")
@area.get("/ollama/v1/models/<url_idx>")
@verified
@takes(query=forms.IndexQuery, numbers=_INDEX)
def models(query, url_idx=None):
    index = hosts.index_of(url_idx, query)
    if index is None:
        names = [one["model"] for one in catalog.ollama_listed(g.user)]
    else:
        _only_admin()
        used = operations.connection("ollama", index)
        answer = operations.asked(used, "GET", "/api/tags", Context.of_caller(), seconds=10)
        names = [one["model"] for one in answer.get("models") or ()]
    moment = int(time.time())
    return {
        "data": [{"id": name, "object": "model", "created": moment, "owned_by": "openai"} for name in names],
        "object": "list",
    }


def _named(body: dict[str, Any]) -> Any:
    return body.get("model") or body.get("name")


@area.post("/ollama/api/pull")
@area.post("/ollama/api/pull/<url_idx>")
@admin
@takes(body=forms.NameForm, query=forms.FirstIndexQuery, numbers=_INDEX)
def pull(body, query, url_idx=None):
    used = operations.connection("ollama", hosts.index_of(url_idx, query) or 0)
    return operations.passed_on(
        used, "POST", "/api/pull", Context.of_caller(), {**body, "model": _named(body), "insecure": True}
    )


@area.delete("/ollama/api/push")
@area.delete("/ollama/api/push/<url_idx>")
@admin
@takes(body=forms.PushForm, query=forms.IndexQuery, numbers=_INDEX)
def push(body, query, url_idx=None):
    used, name = hosts.having(body["model"], hosts.index_of(url_idx, query))
    return operations.passed_on(used, "POST", "/api/push", Context.of_caller(), {**body, "model": name})


@area.post("/ollama/api/create")
@area.post("/ollama/api/create/<url_idx>")
@admin
@takes(body=forms.CreateForm, query=forms.FirstIndexQuery, numbers=_INDEX)
def create(body, query, url_idx=None):
    used = operations.connection("ollama", hosts.index_of(url_idx, query) or 0)
    sent = {name: value for name, value in body.items() if value is not None}
    return operations.passed_on(used, "POST", "/api/create", Context.of_caller(), sent)


@area.post("/ollama/api/copy")
@area.post("/ollama/api/copy/<url_idx>")
@admin
@takes(body=forms.CopyForm, query=forms.IndexQuery, numbers=_INDEX)
def copy(body, query, url_idx=None):
    used, name = hosts.having(body["source"], hosts.index_of(url_idx, query))
    client.read_all(client.call(used, "POST", "/api/copy", Context.of_caller(), {**body, "source": name}))
    return _true()


@area.delete("/ollama/api/delete")
@area.delete("/ollama/api/delete/<url_idx>")
@admin
@takes(body=forms.NameForm, query=forms.IndexQuery, numbers=_INDEX)
def delete(body, query, url_idx=None):
    used, name = hosts.having(_named(body), hosts.index_of(url_idx, query))
    client.read_all(client.call(used, "DELETE", "/api/delete", Context.of_caller(), {**body, "model": name}))
    return _true()


@area.post("/ollama/api/unload")
@admin
@takes(body=forms.NameForm)
def unload(body):
    if not _named(body):
        raise bad_request("Name the model to unload.")
    hosts.having(_named(body), None)
    model = catalog.find(_named(body), g.user)
    if model is not None:
        operations.unload(model, Context.of_caller())
    return {"status": True}
