"""Tool servers that only the page can reach: it is asked to make the call (realtime.md 7, `execute:tool`)."""

import uuid
from typing import Any

from utils.access import permissions
from utils.chat.tools.tool import Calling, Returned, Tool, ToolFailed
from utils.chat.turn import Turn
from utils.realtime import calls
from utils.settings import keys

_PERMISSION = "features.direct_tool_servers"


def tools(turn: Turn) -> list[Tool]:
    """The tools of the request's `tool_servers`, for those who may bring their own."""
    servers = turn.body.get("tool_servers")
    if not isinstance(servers, list) or not servers or not turn.session_id:
        return []
    if not keys.ENABLE_DIRECT_INTEGRATIONS.get() or not permissions.allows(turn.user, _PERMISSION):
        return []
    return [
        _tool(server, spec)
        for server in servers
        if isinstance(server, dict)
        for spec in server.get("specs") or []
        if isinstance(spec, dict) and isinstance(spec.get("name"), str)
    ]


def _tool(server: dict[str, Any], spec: dict[str, Any]) -> Tool:
    known = {key: value for key, value in server.items() if key != "specs"}

    def run(calling: Calling, arguments: dict[str, Any]) -> Returned | None:
        session_id = calling.turn.session_id
        data = {
            "id": str(uuid.uuid4()),
            "name": spec["name"],
            "params": arguments,
            "server": known,
            "session_id": session_id,
        }
        place = (calling.turn.chat_id or "", calling.target.message_id)
        answer = calls.ask(session_id, calling.turn.user.id, "execute:tool", data, place=place, waiting=calling.task)
        if isinstance(answer, dict) and list(answer) == ["error"]:
            raise ToolFailed(str(answer["error"]))
        # the page answers with the result, or with the result and the headers it came with
        if isinstance(answer, list) and len(answer) == 2 and isinstance(answer[1], dict):
            headers = {str(name).lower(): str(value) for name, value in answer[1].items()}
            return Returned(answer[0], headers)
        return None if answer is None else Returned(answer)

    return Tool(spec["name"], spec, run)
