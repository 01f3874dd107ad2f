"""What a user keeps about himself: settings, info, status, variables."""

import re

from flask import g, jsonify

from blueprints.users import forms, shapes, usage
from blueprints.users.area import area
from models import json_codec
from models.users import User
from utils.access import permissions
from utils.access.roles import verified
from utils.http.errors import bad_request
from utils.http.parse import takes
from utils.settings import keys

_VARIABLE = re.compile(r"[a-z][a-z0-9_]*")
_VARIABLES_LARGEST = 65536
_LONGEST_PERIOD = 36600


@area.get("/user/settings")
@verified
@takes(query=forms.RawQuery)
def own_settings(query):
    stored = User.select(User.settings).where(User.id == g.user.id).scalar()
    defaults = None if query["raw"] else keys.DEFAULT_INTERFACE_SETTINGS.get()
    if not defaults:
        return jsonify(stored)
    return jsonify({**(stored or {}), "ui": _beneath((stored or {}).get("ui") or {}, defaults)})


@area.post("/user/settings/update")
@verified
@takes(body=forms.SettingsForm)
def update_settings(body):
    body["ui"] = dict(body["ui"] or {})
    _drop_forbidden(body)
    changes = body.pop("ui")

    def merged(stored):
        stored = stored or {}
        ui = {**(stored.get("ui") or {}), **changes}
        return {**stored, "ui": {name: value for name, value in ui.items() if value is not None}, **body}

    return jsonify(User.merge(g.user.id, "settings", merged))


def _drop_forbidden(body):
    """Takes out what the user's permissions do not let him keep (observed)."""
    if not permissions.allows(g.user, "features.direct_tool_servers"):
        body["ui"].pop("toolServers", None)
    if not permissions.allows(g.user, "features.webhooks"):
        body.pop("notifications", None)
        if isinstance(body["ui"].get("notifications"), dict):
            body["ui"]["notifications"] = {k: v for k, v in body["ui"]["notifications"].items() if k != "webhook_url"}


def _beneath(own, defaults):
    """`own` with what is missing in it taken from `defaults`, at every depth."""
    out = dict(defaults)
    for name, value in own.items():
        known = out.get(name)
        out[name] = _beneath(value, known) if isinstance(value, dict) and isinstance(known, dict) else value
    return out


@area.get("/user/info")
@verified
def own_info():
    return jsonify(User.select(User.info).where(User.id == g.user.id).scalar())


@area.post("/user/info/update")
@verified
@takes(free=True)
def update_info(body):
    return jsonify(User.merge(g.user.id, "info", lambda stored: {**(stored or {}), **body}))


@area.get("/user/status")
@verified
def own_status():
    return shapes.whole(User.select(*shapes.WHOLE).where(User.id == g.user.id).dicts().first())


@area.post("/user/status/update")
@verified
@takes(body=forms.StatusForm)
def update_status(body):
    # what is null stays as it was
    User.change(g.user.id, {name: value for name, value in body.items() if value is not None})
    return own_status()


@area.get("/user/variables")
@verified
def own_variables():
    return {"variables": User.select(User.variables).where(User.id == g.user.id).scalar() or {}}


@area.post("/user/variables/update")
@verified
@takes(body=forms.VariablesForm)
def update_variables(body):
    variables = body["variables"]
    for name, value in variables.items():
        if not _VARIABLE.fullmatch(name):
            raise bad_request("A variable's name is made of a to z, 0 to 9 and _, and begins with a letter.")
        if not isinstance(value, str):
            raise bad_request("A variable holds text.")
    if len(json_codec.dumps_bytes(variables)) > _VARIABLES_LARGEST:
        raise bad_request("The variables are too large together.")
    User.change(g.user.id, {"variables": variables})
    return {"variables": variables}


@area.get("/usage")
@verified
@takes(query=forms.UsageQuery)
def own_usage(query):
    start, end, days = usage.period(query["days"], query["start_date"], query["end_date"])
    if not -usage.FARTHEST <= start <= end <= usage.FARTHEST:
        raise bad_request("The time must begin before it ends, and lie in a year that a calendar has.")
    if days > _LONGEST_PERIOD:
        raise bad_request("This time is too long.")
    return usage.statistics(g.user.id, start, end, days)
