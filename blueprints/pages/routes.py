"""`/api/config`, `/api/version` and their like."""

from flask import g

import config
from blueprints.pages import shapes
from models.users import User
from utils.access.roles import optional_user, public, verified
from utils.http.area import Area
from utils.settings import environment

area = Area("pages", __name__)


@area.get("/api/config")
@optional_user
def server_config():
    if g.user is None:
        return shapes.for_anybody(onboarding=not User.exists_any())
    # who waits to be let in is told no more than a visitor
    return shapes.for_anybody(onboarding=False) if g.user.role == "pending" else shapes.for_user(g.user)


@area.get("/api/version")
@public
def version():
    return {"version": config.VERSION, "deployment_id": environment.current().deployment_id}


@area.get("/api/version/updates")
@verified
def updates():
    # nobody else is asked which releases there are; what runs counts as the latest
    return {"current": config.VERSION, "latest": config.VERSION}
