"""`/api/v1/messages` and `/api/message`, each with its `count_tokens` (providers.md section 7)."""

from collections.abc import Iterator
from typing import Any

from flask import Response, g, request

from utils.access.roles import verified
from utils.chat import run
from utils.chat import turn as turns
from utils.http.area import Area
from utils.http.errors import ApiError, bad_request, forbidden, not_found
from utils.http.parse import takes
from utils.providers import anthropic, catalog, operations
from utils.providers.catalog import Model
from utils.providers.context import Context, credentials
from utils.providers.errors import ProviderError

area = Area("anthropic", __name__)


@area.post("/api/v1/messages")
@area.post("/api/message")
@verified
@takes(free=True)
def messages(body):
    model = catalog.usable(g.user, body.get("model"))
    if model.connections and anthropic.is_native(model.connections[0]):
        return _native(model, "/messages", body)
    if not isinstance(body.get("messages", []), list):
        raise bad_request("The messages must be a list.")
    answer = run.direct(_turn(anthropic.request(body, _passed(model))))
    if answer.mimetype == "text/event-stream":
        out = Response(anthropic.stream(_pieces(answer), body.get("model")), 200, content_type="text/event-stream")
        out.headers["Cache-Control"] = "no-cache"
        out.call_on_close(answer.close)
        return out
    whole = answer.get_json(silent=True)
    if not isinstance(whole, dict) or "choices" not in whole:
        return answer
    return anthropic.message(whole, body.get("model"))


def _pieces(answer: Response) -> Iterator[bytes]:
    return (one.encode() if isinstance(one, str) else one for one in answer.response)


def _passed(model: Model) -> list[str]:
    given = model.connections[0].config.get("passthrough_params") if model.connections else None
    return [name for name in given if isinstance(name, str)] if isinstance(given, list) else []


def _turn(body: dict[str, Any]) -> turns.Turn:
    turn = turns.read(g.user, body)
    turn.provider_context = credentials()
    return turn


def _native(model: Model, path: str, body: dict[str, Any]) -> Response:
    version = request.headers.get("anthropic-version") or anthropic.VERSION
    extra = {"anthropic-version": version}
    if beta := request.headers.get("anthropic-beta"):
        extra["anthropic-beta"] = beta
    sent = {**body, "model": model.upstream}
    used = model.connections[0]
    return operations.passed_on(used, "POST", path, Context.of_caller(), sent, model_id=model.served_id, extra=extra)


@area.post("/api/v1/messages/count_tokens")
@area.post("/api/message/count_tokens")
@verified
@takes(free=True)
def count_tokens(body):
    if not body.get("model"):
        raise bad_request("A model is needed.")
    model = catalog.find(body["model"], g.user)
    if not catalog.bypassed(g.user) and (model is None or not catalog.may_use(g.user, model)):
        raise forbidden("The model was not found, or you do not have access to it.")
    if model is None or not model.connections or model.connections[0].kind != "openai":
        raise not_found("There is no such model at a provider that counts tokens.")
    extra = {"anthropic-version": anthropic.VERSION}
    sent = {**body, "model": model.upstream}
    try:
        answer = operations.asked(
            model.connections[0], "POST", "/messages/count_tokens", Context.of_caller(), sent, extra=extra
        )
    except ProviderError as error:
        raise ApiError(error.status, error.message, error.headers) from error
    if not isinstance(answer, dict) or not isinstance(answer.get("input_tokens"), int):
        raise ApiError(502, "The model provider did not count.")
    return {"input_tokens": answer["input_tokens"]}
