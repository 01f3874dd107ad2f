"""A user's memories."""

from flask import g

from models.memories import Memory
from utils.access.permissions import require
from utils.access.roles import verified
from utils.http.area import Area

area = Area("memories", __name__, "/api/v1/memories")
_SHAPE = ("id", "user_id", "type", "path", "content", "meta", "updated_at", "created_at")


@area.get("/")
@verified
def memories():
    require(g.user, "features.memories")
    return [{name: row[name] for name in _SHAPE} for row in Memory.of_user(g.user.id)]
