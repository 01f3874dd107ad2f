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
    answer = shapes.for_anybody(onboarding=not User.exists_any())
    if g.user is not None and g.user.role in ("user", "admin"):
        shapes.add_for_users(answer, g.user)
    return answer


@area.get("/api/version")
@public
def version():
    return {"version": config.VERSION, "deployment_id": environment.current().deployment_id}


@area.get("/api/version/updates")
@verified
def updates():
    # nobody else is asked which releases there are; what runs counts as the latest
    return {"current": config.VERSION, "latest": config.VERSION}
