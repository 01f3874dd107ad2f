"""Pipelines servers: OpenAI-type connections whose model list carries the mark `pipelines`, and what is
asked of them beside completions."""

from typing import Any

from urllib3.filepost import encode_multipart_formdata

from models import json_codec
from utils.http.errors import ApiError, not_found
from utils.providers import client, connections, lists
from utils.providers.connections import Connection
from utils.providers.context import Context
from utils.providers.errors import ProviderError, failure
from utils.providers.headers import headers as headers_for

_MARK = "pipelines"


def servers(context: Context) -> list[Connection]:
    """The connections in use that are pipelines servers."""
    used = [one for one in connections.load().active() if one.kind == "openai"]
    return [offer.connection for offer in lists.offers(used, context) if _is_marked(offer.raw)]


def _is_marked(raw: bytes) -> bool:
    if _MARK.encode() not in raw:
        return False
    answer = json_codec.loads(raw)
    return isinstance(answer, dict) and _MARK in answer


def server(index: int | None) -> Connection:
    """Connection number `index`; negative numbers count from the last. Raises 404."""
    known = connections.load().openai
    if index is None or not -len(known) <= index < len(known):
        raise not_found("There is no such pipelines server.")
    return known[index]


def asked(used: Connection, method: str, path: str, context: Context, body: Any = None) -> Any:
    """The server's answer as JSON. Raises `ApiError`: 404 where nothing answers, else the server's status."""
    return _asked(used, method, path, context, body if body is None else json_codec.dumps_bytes(body), {})


def uploaded(used: Connection, name: str, content: bytes, context: Context) -> Any:
    """Hands a file over; answer and errors as those of `asked`."""
    data, content_type = encode_multipart_formdata({"file": (name, content)})
    return _asked(used, "POST", "/pipelines/upload", context, data, {"Content-Type": content_type})


def _asked(
    used: Connection, method: str, path: str, context: Context, data: bytes | None, extra: dict[str, str]
) -> Any:
    try:
        response = client.send(method, used.url + path, {**headers_for(used, context), **extra}, data)
        if response.status_code < 400:
            return client.read_json(response)
    except ProviderError as error:
        raise not_found(error.message) from error
    refused = failure(response)
    raise ApiError(refused.status, refused.message or "The pipelines server refused this.")
