"""A user's automations."""

from flask import g

from blueprints.automations import forms, shapes
from models.automations import Automation, AutomationRun
from utils.access.permissions import require
from utils.access.roles import verified
from utils.http.area import Area
from utils.http.errors import forbidden
from utils.http.parse import takes
from utils.settings import keys

area = Area("automations", __name__, "/api/v1/automations")


@area.get("/list")
@verified
@takes(query=forms.ListQuery)
def list_automations(query):
    if not keys.ENABLE_AUTOMATIONS.get():
        raise forbidden("Automations are switched off on this server.")
    require(g.user, "features.automations")
    rows, total = Automation.of_user(g.user.id, query["query"], query["status"], query["folder_id"], query["page"])
    runs = AutomationRun.last_of([row["id"] for row in rows])
    return {"items": [shapes.listed(row, runs.get(row["id"])) for row in rows], "total": total}
