"""Tool servers that the administrator has connected: which there are, and who may use them (chat.md 6.1)."""

import time
from collections.abc import Iterator
from typing import Any

from models.access_grants import EVERYONE
from models.search import fold
from utils.access import permissions
from utils.chat.tools import openapi
from utils.jobs import spawn
from utils.providers.catalog import bypassed
from utils.settings import environment, keys

Connection = dict[str, Any]

_KINDS = ("openapi", "mcp")
_NAMELESS = "MCP Tool Server"


def find(tool_id: str) -> Connection | None:
    """The enabled connection of `server:<id>`, `server:openapi:<id>` or `server:mcp:<id>`."""
    wanted, name = "openapi", tool_id.removeprefix("server:")
    if name.partition(":")[0] in _KINDS:
        wanted, _, name = name.partition(":")
    return next((one for key, one in _enabled() if kind(one) == wanted and key == name), None)


def kind(connection: Connection) -> str:
    """How the server is spoken to: "openapi" or "mcp"."""
    return str(connection.get("type") or "openapi")


def _enabled() -> Iterator[tuple[str, Connection]]:
    """The connections that are switched on, with their ids: the configured one, or the place in the list."""
    settings = environment.current()
    if not settings.enable_plugins or not settings.enable_tool_servers:
        return
    for place, one in enumerate(keys.TOOL_SERVER_CONNECTIONS.get() or []):
        if isinstance(one, dict) and kind(one) in _KINDS and (one.get("config") or {}).get("enable"):
            yield str((one.get("info") or {}).get("id") or place), one


def may_use(user: Any, connection: Connection) -> bool:
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


def listed(user: Any, query: str | None = None) -> list[dict[str, Any]]:
    """The servers that `user` may choose tools of, as `GET /api/v1/tools/` tells of them: those over OpenAPI
    that describe themselves, then those over MCP. Asks servers, all at once; gives the database connection back."""
    usable = [(key, one) for key, one in _enabled() if may_use(user, one)]
    plain = [(key, one, spawn.result_of(openapi.title, one)) for key, one in usable if kind(one) == "openapi"]
    found = [_shown(f"server:{key}", one, title) for key, one, told in plain if (title := told()) is not None]
    for key, one in usable:
        if kind(one) == "mcp":
            shown = _shown(f"server:mcp:{key}", one, _NAMELESS)
            # the sign-in of the user's own is not there yet
            found.append(shown | ({"authenticated": False} if one.get("auth_type") == "oauth_2.1" else {}))
    return [one for one in found if _matches(one, fold(query or ""))]


def _shown(tool_id: str, connection: Connection, title: str) -> dict[str, Any]:
    info, moment = connection.get("info") or {}, int(time.time())
    about: dict[str, Any] = {
        "i18n": None,
        "description": info.get("description") or "",
        "manifest": {},
        "has_user_valves": False,
    }
    return {
        "version_id": None,
        "id": tool_id,
        "user_id": tool_id,
        "name": str(info.get("name") or title),
        "meta": about,
        "access_grants": [],
        "updated_at": moment,
        "created_at": moment,
        "user": None,
    }


def _matches(shown: dict[str, Any], query: str) -> bool:
    return any(query in fold(str(text)) for text in (shown["name"], shown["id"], shown["meta"]["description"]))
