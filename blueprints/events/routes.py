"""Events and the webhooks that hear of them."""

import config
from blueprints.events.catalogue import catalogue
from utils.access.roles import admin
from utils.http.area import Area
from utils.settings import keys

area = Area("events", __name__, "/api/events")


@area.get("")
@admin
def events():
    return {"schema": config.VERSION, "events": catalogue()}


@area.get("/webhooks")
@admin
def webhooks():
    return keys.EVENTS_WEBHOOKS.get() or []
