"""Connections to tool and terminal servers: stored, tried out, and an orchestrator's policies passed on."""

from urllib.parse import quote

from flask import Response

from blueprints.configs import forms
from blueprints.configs.area import area
from models import json_codec
from utils.access.roles import admin
from utils.chat.tools import mcp, openapi
from utils.http.errors import ApiError, bad_request
from utils.http.parse import takes
from utils.providers import client
from utils.providers.context import Context
from utils.providers.errors import ProviderError
from utils.settings import keys

_SECONDS = 10.0
_LARGEST = 16 * 2**20


@area.get("/tool_servers")
@admin
def tool_servers():
    return {"TOOL_SERVER_CONNECTIONS": keys.TOOL_SERVER_CONNECTIONS.get()}


@area.post("/tool_servers")
@admin
@takes(body=forms.ToolServersForm)
def store_tool_servers(body):
    keys.TOOL_SERVER_CONNECTIONS.set(body["TOOL_SERVER_CONNECTIONS"])
    openapi.forget()
    return tool_servers()


@area.get("/terminal_servers")
@admin
def terminal_servers():
    return {"TERMINAL_SERVER_CONNECTIONS": keys.TERMINAL_SERVER_CONNECTIONS.get()}


@area.post("/terminal_servers")
@admin
@takes(body=forms.TerminalServersForm)
def store_terminal_servers(body):
    keys.TERMINAL_SERVER_CONNECTIONS.set(body["TERMINAL_SERVER_CONNECTIONS"])
    return terminal_servers()


@area.post("/tool_servers/verify")
@admin
@takes(body=forms.ToolServerForm)
def verify_tool_server(body):
    context = Context.of_caller()
    if body["type"] == "mcp":
        specs = mcp.described(body, context)
        if specs is None:
            raise bad_request("This server does not answer as an MCP server does.")
        return {"status": True, "specs": specs}
    answer = _asked(
        "GET", openapi.spec_url(body), {"Accept": "application/json", **openapi.sent_headers(body, context)}
    )
    if answer is None or answer.status_code >= 400:
        raise bad_request("The tool server does not describe itself at this address.")
    return _passed_on(answer)


@area.post("/terminal_servers/verify")
@admin
@takes(body=forms.TerminalServerForm)
def verify_terminal_server(body):
    for path, kind in (("/api/v1/policies", "orchestrator"), ("/api/config", "terminal")):
        answer = _asked("GET", _address(body, path), _authorised(body))
        if answer is not None:
            answer.close()
            if answer.status_code < 400:
                return {"status": True, "type": kind}
    raise bad_request("No terminal server answers at this address.")


@area.post("/terminal_servers/policy")
@admin
@takes(body=forms.PolicyForm)
def policy(body):
    return _on_policy(body, "", body["policy_data"])


@area.post("/terminal_servers/lifecycle")
@admin
@takes(body=forms.LifecycleForm)
def lifecycle(body):
    return _on_policy(body, "/lifecycle", body["lifecycle_data"])


@area.post("/terminal_servers/refresh")
@admin
@takes(body=forms.RefreshForm)
def refresh(body):
    wanted = {"only_idle": body["only_idle"], "reset": body["reset"]}
    wanted |= {name: body[name] for name in ("user_id", "policy_id") if body[name]}
    return _told(body, "POST", "/api/v1/terminals/refresh", wanted)


def _on_policy(body, part, data):
    """Reads a policy, or writes it where there is something to write."""
    path = f"/api/v1/policies/{quote(body['policy_id'])}{part}"
    return _told(body, "PUT" if data is not None else "GET", path, data)


def _told(body, method, path, data):
    """The orchestrator's answer; its refusal with its status."""
    headers = {"Content-Type": "application/json", **_authorised(body)}
    sent = None if data is None else json_codec.dumps_bytes(data)
    answer = _asked(method, _address(body, path), headers, sent)
    if answer is None:
        raise bad_request("The terminal server cannot be reached.")
    if answer.status_code >= 400:
        raise ApiError(answer.status_code, client.read_all(answer, _LARGEST, _SECONDS).decode(errors="replace")[:2000])
    return _passed_on(answer)


def _address(body, path):
    return body["url"].rstrip("/") + path


def _authorised(body):
    key = body["key"] if body["auth_type"] == "bearer" else ""
    return {"Authorization": f"Bearer {key}"} if key and key.isascii() and key.isprintable() else {}


def _asked(method, url, headers, data=None):
    """The answer, its body unread; None where nothing answers."""
    try:
        return client.send(method, url, headers, data, seconds=_SECONDS)
    except ProviderError:
        return None


def _passed_on(answer):
    """A JSON answer as it is. Raises 400 for anything else."""
    try:
        raw = client.read_all(answer, _LARGEST, _SECONDS)
        json_codec.loads(raw)
    except (ProviderError, ValueError) as error:
        raise bad_request("The server's answer cannot be read.") from error
    return Response(raw, content_type="application/json")
