"""Connections to knowledge kept elsewhere, as they are stored; credentials are never shown."""

from blueprints.knowledge import shapes
from blueprints.knowledge.routes import area
from utils.access.roles import admin
from utils.http.errors import not_found
from utils.settings.keys import EXTERNAL_KNOWLEDGE_CONNECTIONS


def _stored():
    return [one for one in EXTERNAL_KNOWLEDGE_CONNECTIONS.get() or [] if isinstance(one, dict)]


@area.get("/external/connections")
@admin
def list_connections():
    items = [shapes.connection(one) for one in _stored()]
    return {"items": items, "total": len(items)}


@area.get("/external/connections/<id>")
@admin
def get_connection(id):
    found = next((one for one in _stored() if one.get("id") == id), None)
    if found is None:
        raise not_found("There is no such connection.")
    return shapes.connection(found)
