"""The channels that a caller belongs to or may read."""

from flask import g

from blueprints.channels import shapes
from models import access_grants
from models.channels import Channel, ChannelMember
from utils.access.permissions import group_ids, require
from utils.access.roles import verified
from utils.http.area import Area
from utils.http.errors import forbidden
from utils.settings import keys

area = Area("channels", __name__, "/api/v1/channels")


@area.get("/")
@verified
def list_channels():
    if not keys.ENABLE_CHANNELS.get():
        raise forbidden("Channels are switched off on this server.")
    require(g.user, "features.channels", denied=401)
    rows = Channel.of_user(g.user.id, group_ids(g.user.id))
    grants = access_grants.of_resources("channel", [row["id"] for row in rows])
    people = ChannelMember.people_of([row["id"] for row in rows if row["type"] == "dm"])
    return [shapes.listed(row, grants[row["id"]], people.get(row["id"])) for row in rows]
