"""Which tools a model is offered in a turn, in the order of the contract (chat.md section 6.1)."""

import logging
from dataclasses import replace
from typing import Any

from models.access_grants import EVERYONE
from utils.access import permissions
from utils.chat import code_blocks
from utils.chat.tools import browser, builtin, mcp, openapi
from utils.chat.tools.tool import Tool, context_of
from utils.chat.turn import Target, Turn
from utils.providers.catalog import Model, bypassed
from utils.settings import keys

log = logging.getLogger("lightwell.tools")

_KINDS = {"openapi": openapi.tools, "mcp": mcp.tools}


def offered(turn: Turn, target: Target, model: Model, *, native: bool) -> dict[str, Tool]:
    """The tools by name; a name that is taken is kept by the first. `native`: the model is told of them
    in the provider's own way, which the built-in ones need. May ask tool servers."""
    found: dict[str, Tool] = {}
    for tool in [*_of_servers(turn, target), *browser.tools(turn), *(_built_in(turn, model) if native else [])]:
        found.setdefault(tool.name, tool)
    return found


def _of_servers(turn: Turn, target: Target) -> list[Tool]:
    wanted = [one for one in turn.body.get("tool_ids") or [] if isinstance(one, str) and one.startswith("server:")]
    if not wanted:
        return []
    connections = keys.TOOL_SERVER_CONNECTIONS.get() or []
    context = context_of(turn, target)
    found: list[Tool] = []
    for tool_id in wanted:
        connection = _connection(connections, tool_id)
        if connection is not None and may_use(turn.user, connection):
            tools = _KINDS[_kind(connection)](connection, context)
            found += [replace(tool, origin=tool_id) for tool in tools]
    return found


def _connection(connections: list[Any], tool_id: str) -> dict[str, Any] | None:
    """The enabled connection of `server:<id>`, `server:openapi:<id>` or `server:mcp:<id>`."""
    kind, name = "", tool_id.removeprefix("server:")
    if name.partition(":")[0] in _KINDS:
        kind, _, name = name.partition(":")
    for place, one in enumerate(connections):
        if not isinstance(one, dict) or _kind(one) not in _KINDS or not (one.get("config") or {}).get("enable"):
            continue
        if _kind(one) == (kind or "openapi") and name == str((one.get("info") or {}).get("id") or place):
            return one
    return None


def _kind(connection: dict[str, Any]) -> str:
    return str(connection.get("type") or "openapi")


def may_use(user: Any, connection: dict[str, Any]) -> bool:
    """Whether a tool server is shared with `user`: by the grants in the connection's own configuration."""
    if bypassed(user):
        return True
    mine = {("user", user.id), ("user", EVERYONE)} | {("group", one) for one in permissions.group_ids(user.id)}
    grants = (connection.get("config") or {}).get("access_grants") or []
    return any(
        isinstance(one, dict)
        and one.get("permission") == "read"
        and (one.get("principal_type"), one.get("principal_id")) in mine
        for one in grants
    )


def _built_in(turn: Turn, model: Model) -> list[Tool]:
    """For the browser only, unless the model is said not to have them; by category."""
    if not turn.session_id or model.capabilities.get("builtin_tools") is False:
        return []
    chosen = model.meta.get("builtinTools")
    chosen = chosen if isinstance(chosen, dict) else {}
    absent = set() if code_blocks.wanted(turn, model) else {code_blocks.FEATURE}
    return [
        tool for name, tools in builtin.CATEGORIES if chosen.get(name, True) and name not in absent for tool in tools
    ]
