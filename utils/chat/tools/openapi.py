"""Tool servers that speak HTTP and describe themselves by OpenAPI (chat.md 6.1, data.md tool_server.connections)."""

import logging
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urljoin

from models import json_codec
from models.json_kinds import as_object
from utils.chat.tools.tool import Calling, Returned, Tool, ToolFailed
from utils.providers import client, headers
from utils.providers.context import Context
from utils.providers.errors import ProviderError
from utils.settings import environment

log = logging.getLogger("lightwell.tools")

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
_SPEC_SECONDS, _KEPT_SECONDS, _FAILED_SECONDS, _KEPT_MOST = 10.0, 60.0, 5.0, 256
_SPEC_BYTES, _RESULT_BYTES = 16 * 2**20, 32 * 2**20
_DEEPEST = 12


@dataclass(frozen=True)
class Operation:
    """One operation of a server. `places`: where each parameter goes (path, query, header)."""

    method: str
    path: str
    spec: dict[str, Any]
    places: dict[str, str]
    has_body: bool


def tools(connection: dict[str, Any], context: Context) -> list[Tool]:
    """The tools of a configured connection; none where its description cannot be had."""
    document = _document(connection)
    base = _base(connection, document)
    return [_tool(connection, base, operation) for operation in operations(document)]


def title(connection: dict[str, Any]) -> str | None:
    """What a server calls itself; None where its description cannot be had."""
    document = _document(connection)
    return str(as_object(document.get("info")).get("title") or "Tool Server") if document else None


def sent_headers(connection: dict[str, Any], context: Context) -> dict[str, str]:
    """Credentials and headers of a call, as the connection is configured. Without a session of the user's
    own ("system_oauth") there are none."""
    tokens = {"bearer": _key(connection), "session": context.token, "system_oauth": context.oauth_token}
    return _headers(tokens.get(_auth(connection), ""))


def _auth(connection: dict[str, Any]) -> str:
    """The kind of credentials: a connection from before there were kinds has a key, null has nothing."""
    return str(connection.get("auth_type", "bearer") or "none")


def _key(connection: dict[str, Any]) -> str:
    return str(connection.get("key") or "")


def _headers(token: str) -> dict[str, str]:
    out = {"Content-Type": "application/json"}
    if token and token.isascii() and token.isprintable():
        out["Authorization"] = f"Bearer {token}"
    return out


def call_headers(connection: dict[str, Any], context: Context) -> dict[str, str]:
    """`sent_headers` with who is asking, the connection's own headers and cookies."""
    out = {
        **sent_headers(connection, context),
        **headers.user_headers(context),
        **headers.custom_headers(connection.get("headers"), context),
    }
    if connection.get("forward_cookies") and context.cookies:
        out["Cookie"] = "; ".join(f"{name}={quote(value)}" for name, value in context.cookies.items())
    return out


# -- the description

_kept: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}
_lock = threading.Lock()


def _document(connection: dict[str, Any]) -> dict[str, Any]:
    """The server's OpenAPI document: stored with the connection, or fetched and kept for a minute. It is
    the same for everybody, so no user's credentials are sent."""
    if connection.get("spec_type") == "json":
        return as_object(_decoded(str(connection.get("spec") or "").encode()))
    url = spec_url(connection)
    sent = {"Accept": "application/json", **_headers(_key(connection) if _auth(connection) == "bearer" else "")}
    key = (url, sent.get("Authorization", ""))
    with _lock:
        known = _kept.get(key)
    if known is not None and known[0] > time.monotonic():
        return known[1]
    document = _fetched(url, sent)
    keep = _KEPT_SECONDS if document else _FAILED_SECONDS
    with _lock:
        if len(_kept) >= _KEPT_MOST:
            _kept.clear()
        _kept[key] = (time.monotonic() + keep, document)
    return document


def forget() -> None:
    """Drops the kept descriptions: the connections were changed."""
    with _lock:
        _kept.clear()


def spec_url(connection: dict[str, Any]) -> str:
    """Where a connection's server describes itself."""
    path = str(connection.get("path") or "openapi.json")
    return path if "://" in path else f"{str(connection.get('url') or '').rstrip('/')}/{path.lstrip('/')}"


def _fetched(url: str, sent: dict[str, str]) -> dict[str, Any]:
    try:
        response = client.send("GET", url, sent, seconds=_SPEC_SECONDS)
        raw = client.read_all(response, _SPEC_BYTES, _SPEC_SECONDS)
    except ProviderError as error:
        log.warning("a tool server does not describe itself: %s", error.message)
        return {}
    return as_object(_decoded(raw)) if response.status_code < 400 else {}


def _decoded(raw: bytes) -> Any:
    try:
        return json_codec.loads(raw)
    except ValueError:
        return None


def _base(connection: dict[str, Any], document: dict[str, Any]) -> str:
    """Where calls go: the connection's address, or what the document says relative to it."""
    base = str(connection.get("url") or "").rstrip("/")
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], dict) else {}
    told = first.get("url")
    if isinstance(told, str) and told.startswith("/") and told != "/":
        return urljoin(base + "/", told).rstrip("/")
    return base


def operations(document: dict[str, Any]) -> list[Operation]:
    """What of the document can be called: operations that have an id."""
    found = []
    for path, item in as_object(document.get("paths")).items():
        shared = as_object(item).get("parameters") or []
        for method, operation in as_object(item).items():
            if method in _METHODS and isinstance(operation, dict) and isinstance(operation.get("operationId"), str):
                found.append(_operation(document, path, method, operation, shared))
    return found


def _operation(
    document: dict[str, Any], path: str, method: str, operation: dict[str, Any], shared: list[Any]
) -> Operation:
    properties: dict[str, Any] = {}
    required: list[str] = []
    places: dict[str, str] = {}
    for given in [*shared, *(operation.get("parameters") or [])]:
        one = _resolved(document, given)
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            continue
        properties[one["name"]] = _parameter(document, one)
        places[one["name"]] = str(one.get("in"))
        if one.get("required"):
            required.append(one["name"])
    body = _body_schema(document, operation)
    for name, schema in as_object(body.get("properties")).items():
        properties[name] = schema
    required += [name for name in body.get("required") or [] if isinstance(name, str) and name not in required]
    spec = {
        "name": operation["operationId"],
        "description": operation.get("description") or operation.get("summary") or "",
        "parameters": {"type": "object", "properties": properties, "required": required},
    }
    return Operation(method, path, spec, places, "requestBody" in operation)


def _parameter(document: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    schema = as_object(_resolved(document, one.get("schema")))
    described = {"type": schema.get("type") or "string", "description": one.get("description") or ""}
    return described | {key: schema[key] for key in ("enum", "items") if key in schema}


def _body_schema(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    body = as_object(_resolved(document, operation.get("requestBody")))
    content = as_object(body.get("content"))
    media = as_object(content.get("application/json") or next(iter(content.values()), None))
    return as_object(_resolved(document, media.get("schema")))


def _resolved(document: dict[str, Any], value: Any, depth: int = 0) -> Any:
    """`value` with its references replaced; one that leads back to itself ends as an empty object."""
    if depth > _DEEPEST:
        return {}
    if isinstance(value, list):
        return [_resolved(document, one, depth + 1) for one in value]
    if not isinstance(value, dict):
        return value
    reference = value.get("$ref")
    if isinstance(reference, str):
        return _resolved(document, _referred(document, reference), depth + 1)
    return {key: _resolved(document, one, depth + 1) for key, one in value.items()}


def _referred(document: dict[str, Any], reference: str) -> Any:
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = as_object(found).get(part.replace("~1", "/").replace("~0", "~"))
    return found if found is not None else {}


# -- a call


def _tool(connection: dict[str, Any], base: str, operation: Operation) -> Tool:
    def run(calling: Calling, arguments: dict[str, Any]) -> Returned:
        return _called(connection, base, operation, calling, arguments)

    return Tool(operation.spec["name"], operation.spec, run)


def _called(
    connection: dict[str, Any], base: str, operation: Operation, calling: Calling, arguments: dict[str, Any]
) -> Returned:
    url = base + _filled(operation, arguments)
    sent = call_headers(connection, calling.context)
    sent |= {
        name: str(arguments[name])
        for name, place in operation.places.items()
        if place == "header" and name in arguments and str(arguments[name]).isprintable()
    }
    body = {name: value for name, value in arguments.items() if name not in operation.places}
    data = json_codec.dumps_bytes(body) if operation.has_body else None
    seconds = environment.current().provider_timeout
    try:
        response = client.send(operation.method.upper(), url, sent, data, seconds=seconds)
        calling.task.on_stop(response.close)
        raw = client.read_all(response, _RESULT_BYTES, seconds)
    except ProviderError as error:
        raise ToolFailed(error.message) from error
    if response.status_code >= 300:
        # where a redirect leads may be anybody's: neither key nor arguments are for him
        raise ToolFailed(f"HTTP error {response.status_code}: {raw[:2000].decode('utf-8', 'replace')}")
    told = {name.lower(): value for name, value in response.headers.items()}
    return Returned(_value(raw, told.get("content-type", "")), told)


def _filled(operation: Operation, arguments: dict[str, Any]) -> str:
    """Path and query of a call. Raises `ToolFailed` for a part of the path that is not given."""
    path = operation.path
    query: list[tuple[str, str]] = []
    for name, place in operation.places.items():
        if place == "path":
            if arguments.get(name) is None:
                raise ToolFailed(f"The argument {name} is needed.")
            path = path.replace("{" + name + "}", quote(_plain(arguments[name]), safe=""))
        elif place == "query" and arguments.get(name) is not None:
            value = arguments[name]
            query += [(name, _plain(one)) for one in (value if isinstance(value, list) else [value])]
    return path + (f"?{urlencode(query)}" if query else "")


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json_codec.dumps(value) if isinstance(value, (dict, list)) else str(value)


def _value(raw: bytes, content_type: str) -> Any:
    kind = content_type.split(";")[0].strip().lower()
    if kind.startswith("image/"):
        return raw
    try:
        return json_codec.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")
