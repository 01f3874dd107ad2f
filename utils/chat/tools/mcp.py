"""Tool servers that speak MCP over streamable HTTP: just enough of a client to list tools and call them."""

import itertools
import logging
from typing import Any

import requests

from models import json_codec
from utils.chat.tools.openapi import call_headers
from utils.chat.tools.tool import Calling, Tool, ToolFailed
from utils.providers import client
from utils.providers.context import Context
from utils.providers.errors import ProviderError
from utils.settings import environment

log = logging.getLogger("lightwell.tools")

PROTOCOL = "2025-06-18"
_START_SECONDS = 10.0
_ANSWER_BYTES = 32 * 2**20
_MOST_PAGES = 20


class McpError(Exception):
    """The server does not answer, or not in the protocol; the text is for the model."""


class Session:
    """A connection for one piece of work. Use as a context manager: it begins and ends the session."""

    def __init__(self, connection: dict[str, Any], context: Context, seconds: float | None) -> None:
        self._url = str(connection.get("url") or "")
        self._headers = {**call_headers(connection, context), "Accept": "application/json, text/event-stream"}
        self._seconds = seconds
        self._numbers = itertools.count(1)

    def __enter__(self) -> "Session":
        asked = {
            "protocolVersion": PROTOCOL,
            "capabilities": {},
            "clientInfo": {"name": "lightwell", "version": "1"},
        }
        told = self.request("initialize", asked)
        self._headers["MCP-Protocol-Version"] = str(told.get("protocolVersion") or PROTOCOL)
        self._send({"jsonrpc": "2.0", "method": "notifications/initialized"}).close()
        return self

    def __exit__(self, *_: Any) -> None:
        if "Mcp-Session-Id" in self._headers:
            try:
                client.send("DELETE", self._url, self._headers, seconds=_START_SECONDS).close()
            except ProviderError as error:
                log.debug("an MCP session could not be ended: %s", error.message)

    def request(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """The `result` of a request. Raises `McpError`."""
        number = next(self._numbers)
        response = self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        if session_id := response.headers.get("Mcp-Session-Id"):
            self._headers["Mcp-Session-Id"] = session_id
        answer = self._answer(response, number)
        if answer.get("error"):
            raise McpError(str((answer["error"] or {}).get("message") or answer["error"]))
        result = answer.get("result")
        return result if isinstance(result, dict) else {}

    def _send(self, message: dict[str, Any]) -> requests.Response:
        data = json_codec.dumps_bytes(message)
        try:
            response = client.send("POST", self._url, self._headers, data, seconds=self._seconds)
        except ProviderError as error:
            raise McpError(error.message) from error
        if response.status_code >= 400:
            response.close()
            raise McpError(f"The tool server answered with status {response.status_code}.")
        return response

    def _answer(self, response: requests.Response, number: int) -> dict[str, Any]:
        """The message with this number: the body, or one of a stream of events."""
        try:
            raw = client.read_all(response, _ANSWER_BYTES, self._seconds)
        except ProviderError as error:
            raise McpError(error.message) from error
        if "text/event-stream" in response.headers.get("Content-Type", ""):
            events = raw.replace(b"\r\n", b"\n").split(b"\n\n")
            texts = [
                b"\n".join(line[5:].strip() for line in one.split(b"\n") if line.startswith(b"data:")) for one in events
            ]
        else:
            texts = [raw]
        for text in texts:
            for message in _messages(text):
                if message.get("id") == number and ("result" in message or "error" in message):
                    return message
        raise McpError("The tool server sent no answer.")


def _messages(text: bytes) -> list[dict[str, Any]]:
    try:
        value = json_codec.loads(text)
    except ValueError:
        return []
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def tools(connection: dict[str, Any], context: Context) -> list[Tool]:
    """The tools of a configured server, their names with the server's id in front. Raises `McpError`."""
    server_id = str((connection.get("info") or {}).get("id") or "")
    if str(connection.get("auth_type") or "").startswith("oauth_2.1") and not context.oauth_token:
        raise McpError("The user has not signed in to the tool server.")
    with Session(connection, context, _START_SECONDS) as session:
        listed = _listed(session)
    return [_tool(connection, server_id, one) for one in listed if isinstance(one.get("name"), str)]


def described(connection: dict[str, Any], context: Context) -> list[dict[str, Any]] | None:
    """What a server says of its tools, as name, description and parameters; None if it does not answer."""
    try:
        with Session(connection, context, _START_SECONDS) as session:
            listed = _listed(session)
    except McpError as error:
        log.warning("an MCP server does not list its tools: %s", error)
        return None
    return [
        {"name": one.get("name"), "description": one.get("description"), "parameters": one.get("inputSchema")}
        for one in listed
    ]


def _listed(session: Session) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    params: dict[str, Any] = {}
    for _ in range(_MOST_PAGES):
        page = session.request("tools/list", params)
        found += [one for one in page.get("tools") or [] if isinstance(one, dict)]
        if not page.get("nextCursor"):
            break
        params = {"cursor": page["nextCursor"]}
    return found


def _tool(connection: dict[str, Any], server_id: str, one: dict[str, Any]) -> Tool:
    name = f"{server_id}_{one['name']}"
    spec = {
        "name": name,
        "description": one.get("description") or "",
        "parameters": one.get("inputSchema") or {"type": "object", "properties": {}},
    }

    def run(calling: Calling, arguments: dict[str, Any]) -> Any:
        seconds = environment.current().provider_timeout
        try:
            with Session(connection, calling.context, seconds) as session:
                told = session.request("tools/call", {"name": one["name"], "arguments": arguments})
        except McpError as error:
            raise ToolFailed(str(error)) from error
        value = [_content(part) for part in told.get("content") or [] if isinstance(part, dict)]
        if told.get("isError"):
            raise ToolFailed("\n".join(str(part) for part in value) or "The tool failed.")
        return value[0] if len(value) == 1 else value

    return Tool(name, spec, run, open=True)


def _content(part: dict[str, Any]) -> Any:
    """A text (as the JSON that it holds, where it does), a picture as a data URI, anything else as it is."""
    if part.get("type") == "text":
        text = str(part.get("text") or "")
        try:
            return json_codec.loads(text)
        except ValueError:
            return text
    if part.get("type") == "image":
        return f"data:{part.get('mimeType') or 'image/png'};base64,{part.get('data') or ''}"
    return part
