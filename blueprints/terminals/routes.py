"""The terminal servers that a caller may use."""

from flask import g

from models.listing import held_by
from utils.access.permissions import group_ids
from utils.access.roles import verified
from utils.http.area import Area
from utils.settings import keys

area = Area("terminals", __name__, "/api/v1/terminals")


@area.get("/")
@verified
def list_terminals():
    return [_offered(server) for server in keys.TERMINAL_SERVER_CONNECTIONS.get() or [] if _may_use(server)]


def _may_use(server):
    if not server.get("enabled", True):
        return False
    grants = (server.get("config") or {}).get("access_grants") or []
    return g.user.is_admin or "read" in held_by(grants, g.user.id, group_ids(g.user.id))


def _offered(server):
    # never the key
    uploads = (server.get("config") or {}).get("chat_uploads") or "default"
    return {
        "id": server.get("id", ""),
        "url": server.get("url", ""),
        "name": server.get("name", ""),
        "contexts": {},
        "config": {"chat_uploads": uploads},
    }
