"""What an account changes about itself: profile, password, time zone, API key."""

from flask import g, jsonify

from blueprints.auths import forms, shapes
from blueprints.auths.area import area
from models.users import ApiKey, Auth, User
from utils.access import permissions
from utils.access.roles import account, verified
from utils.auth import accounts, api_keys, passwords
from utils.cluster import limits
from utils.http.errors import ApiError, bad_request, forbidden, not_found
from utils.http.parse import takes
from utils.realtime import sessions
from utils.settings import environment, keys

_TRIES, _WINDOW = 15, 180
_LONGEST = 10000


@area.post("/update/profile")
@verified
@takes(body=forms.ProfileForm)
def update_profile(body):
    accounts.checked_name(body["name"])
    if len(body["bio"] or "") > _LONGEST or len(body["gender"] or "") > _LONGEST:
        raise bad_request("This text is too long.")
    User.change(g.user.id, body)
    return shapes.profile(User.get_by_id(g.user.id))


@area.post("/update/timezone")
@account
@takes(body=forms.TimezoneForm)
def update_timezone(body):
    if len(body["timezone"]) > 255:
        raise bad_request("This is not a time zone.")
    User.change(g.user.id, body)
    return {"status": True}


@area.post("/update/password")
@account
@takes(body=forms.PasswordForm)
def update_password(body):
    settings = environment.current()
    if settings.trusted_email_header or not settings.enable_password_auth:
        raise bad_request("Passwords are not used on this server.")
    if not limits.allow(f"password:{g.user.id}", _TRIES, _WINDOW):
        raise ApiError(429, "Too many attempts. Wait a few minutes and try again.")
    auth = Auth.get_by_id(g.user.id)
    if not passwords.verify(body["password"], auth.password):
        raise bad_request("The current password is wrong.")
    passwords.check_new(body["new_password"])
    accounts.change_password(g.user.id, body["new_password"])
    sessions.send_away(g.user.id)
    return jsonify(True)


def _check_keys():
    """Raises 403 where nobody, or not this account, may have an API key."""
    if not keys.ENABLE_API_KEYS.get() or not permissions.allows(g.user, "features.api_keys"):
        raise forbidden("API keys are switched off, or not open to this account.")


@area.post("/api_key")
@account
def make_api_key():
    _check_keys()
    key = api_keys.generate()
    ApiKey.give(g.user.id, key)
    return {"api_key": key}


@area.get("/api_key")
@account
def show_api_key():
    _check_keys()
    key = ApiKey.of_user(g.user.id)
    if key is None:
        raise not_found("There is no API key yet.")
    return {"api_key": key}


@area.delete("/api_key")
@account
def delete_api_key():
    _check_keys()
    ApiKey.take(g.user.id)
    return jsonify(True)
