"""Which tools a model is offered in a turn, in the order of the contract (chat.md section 6.1)."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from models.json_kinds import as_list, as_object
from utils.chat import code_blocks
from utils.chat.tools import browser, builtin, delegation, mcp, openapi, servers
from utils.chat.tools.tool import Tool, context_of
from utils.chat.turn import Target, Turn
from utils.providers.catalog import Model
from utils.providers.context import Context

log = logging.getLogger("lightwell.tools")


def offered(
    turn: Turn, target: Target, model: Model, tell: Callable[[str, Any], None], *, native: bool
) -> dict[str, Tool]:
    """The tools by name; a name that is taken is kept by the first. `native`: the model is told of them
    in the provider's own way, which the built-in ones need. May ask tool servers; `tell` sends what the
    person has to know of them."""
    found: dict[str, Tool] = {}
    for tool in [*_of_servers(turn, target, tell), *browser.tools(turn), *(_built_in(turn, model) if native else [])]:
        found.setdefault(tool.name, tool)
    return found


def _of_servers(turn: Turn, target: Target, tell: Callable[[str, Any], None]) -> list[Tool]:
    context = context_of(turn, target)
    found: list[Tool] = []
    for tool_id in dict.fromkeys(_named(turn)):
        connection = servers.find(tool_id)
        if connection is None or not servers.may_use(turn.user, connection):
            continue
        if servers.kind(connection) == "openapi":
            tools = openapi.tools(connection, context)
        else:
            tools = _of_mcp(connection, context, tell)
        found += [replace(tool, origin=tool_id) for tool in tools]
    return found


def _named(turn: Turn) -> list[str]:
    wanted = as_list(turn.body.get("tool_ids"))
    return [one for one in wanted if isinstance(one, str) and one.startswith("server:")]


def _of_mcp(connection: dict[str, Any], context: Context, tell: Callable[[str, Any], None]) -> list[Tool]:
    """The tools of an MCP server; the person learns of one that does not answer."""
    try:
        return mcp.tools(connection, context)
    except mcp.McpError as error:
        log.warning("an MCP server does not list its tools: %s", error)
        name = (connection.get("info") or {}).get("id") or ""
        text = f"The MCP server {name} cannot be reached."
        tell("status", {"action": "tool_connection", "description": text, "error": True, "done": True})
        return []


def _built_in(turn: Turn, model: Model) -> list[Tool]:
    """For the browser only, unless the model is said not to have them; by category."""
    if not turn.session_id or model.capabilities.get("builtin_tools") is False:
        return []
    chosen = as_object(model.meta.get("builtinTools"))
    absent = set() if code_blocks.wanted(turn, model) else {code_blocks.FEATURE}
    if not turn.is_stored:
        absent.add("tasks")  # they are kept in the chat
    withheld = {id(tool) for tool in delegation.withheld(turn)}
    return [
        tool
        for name, tools in builtin.CATEGORIES
        if chosen.get(name, True) and name not in absent
        for tool in tools
        if id(tool) not in withheld
    ]
