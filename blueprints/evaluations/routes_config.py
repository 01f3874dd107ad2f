"""The admin page Evaluations: settings."""

from blueprints.evaluations.area import area
from utils.access.roles import admin
from utils.http.parse import takes
from utils.settings.pages import EVALUATIONS


@area.get("/config")
@admin
def config():
    return EVALUATIONS.show()


@area.post("/config")
@admin
@takes(body=EVALUATIONS.form())
def update_config(body):
    return EVALUATIONS.store(body)
