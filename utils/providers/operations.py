"""What is done to a provider beside completions: unloading, management, embeddings, plain passing on."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask import Response

from utils.http.errors import ApiError, bad_request, not_found
from utils.http.stream import relay
from utils.providers import client, connections, ollama
from utils.providers.catalog import Model
from utils.providers.completions import pick
from utils.providers.connections import Connection, Kind
from utils.providers.context import Context
from utils.providers.errors import ProviderError, unreachable


def connection(kind: Kind, index: int) -> Connection:
    """Connection number `index`. Raises 404 for none, 503 where the kind is switched off."""
    found = connections.load()
    require_on(found, kind)
    known = found.of(kind)
    if not 0 <= index < len(known):
        raise not_found("There is no such connection.")
    return known[index]


def require_on(found: connections.Connections, kind: Kind) -> None:
    """Raises 503 where providers of this kind are switched off."""
    if not (found.openai_on if kind == "openai" else found.ollama_on):
        raise ApiError(503, "This kind of provider is switched off.")


def passed_on(
    used: Connection,
    method: str,
    path: str,
    context: Context,
    body: Any = None,
    *,
    model_id: str = "",
    extra: dict[str, str] | None = None,
) -> Response:
    """The provider's answer as it comes. Raises `ProviderError` for status >= 400 or none."""
    return relay(client.call(used, method, path, context, body, model_id=model_id, extra=extra, streamed=True))


def asked(used: Connection, method: str, path: str, context: Context, body: Any = None, **options: Any) -> Any:
    """The provider's answer as JSON. Raises `ProviderError`."""
    return client.read_json(client.call(used, method, path, context, body, **options))


def unload(model: Model, context: Context) -> None:
    """Has the provider forget a loaded model: every Ollama host that has it, or a llama.cpp server."""
    for one in model.connections:
        if one.kind == "ollama":
            body = {"model": model.upstream, "keep_alive": 0, "prompt": ""}
            client.read_all(client.call(one, "POST", "/api/generate", context, body))
        else:
            managed(one, "POST", "/models/unload", context, {"model": model.upstream})


def managed(used: Connection, method: str, path: str, context: Context, body: Any = None) -> Response:
    """A call of a model server's own management API, which lies beside its `/v1`. Raises 400 for a
    provider that has none."""
    root = used.url.removesuffix("/v1")
    if used.provider == "lmstudio":
        root += "/api/v1"
    elif used.provider != "llama.cpp":
        raise bad_request("This provider does not manage models.")
    moved = Connection(used.kind, used.index, root, used.key, used.config)
    return passed_on(moved, method, path, context, body)


def embeddings(model: Model, body: Mapping[str, Any], context: Context) -> Response | dict[str, Any]:
    """Embeddings of `body["input"]` in the OpenAI format (providers.md section 9). Raises `ProviderError`."""
    used = pick(model)
    if used.kind == "ollama":
        sent = {"model": model.upstream, "input": body.get("input")}
        answer = asked(used, "POST", "/api/embed", context, sent, model_id=model.served_id)
        return ollama.embeddings(answer, model.upstream)
    sent = {name: value for name, value in body.items() if name != "metadata"} | {"model": model.upstream}
    path, extra = "/embeddings", None
    if used.is_azure:
        version = str(used.config.get("api_version") or "2023-03-15-preview")
        path, extra = (
            f"/openai/deployments/{segment(model.upstream)}/embeddings?api-version={version}",
            {"api-version": version},
        )
    return passed_on(used, "POST", path, context, sent, model_id=model.served_id, extra=extra)


def first_that_answers(used: list[Connection], path: str, context: Context) -> list[Any]:
    """The JSON answers of those that answer, in order; failures leave gaps out."""
    answers = []
    for one in used:
        try:
            answers.append(asked(one, "GET", path, context, seconds=5))
        except ProviderError:
            continue
    return answers


def segment(text: str) -> str:
    """`text` as one part of a path or query."""
    return quote(text, safe="")


def no_answer() -> ProviderError:
    """The error where none of several providers answers."""
    return unreachable()
