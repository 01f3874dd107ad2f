"""Signing up, in and out; the session."""

from flask import g, jsonify, request

from blueprints.auths import forms
from blueprints.auths.area import area
from blueprints.auths.entering import enter
from models.users import Auth, User
from utils.access import permissions
from utils.access.roles import account_session, public
from utils.auth import accounts, cookies, doors, identity, passwords, pictures, revocations, tokens
from utils.cluster import limits
from utils.http.errors import ApiError, bad_request, forbidden
from utils.http.parse import takes
from utils.realtime import sessions
from utils.settings import environment, keys

_TRIES, _WINDOW = 15, 180
# failures only: many people may share an address
_ADDRESS_FAILURES, _ADDRESS_WINDOW = 300, 900


@area.get("/")
@account_session
def session():
    user = User.profile(g.user.id)
    issued = tokens.Issued(g.user.token, g.user.claims.get("exp"))
    response = jsonify(
        {
            **user,
            "profile_image_url": pictures.shown(user["id"], user["profile_image_url"]),
            "token": issued.token,
            "token_type": "Bearer",
            "expires_at": issued.expires_at,
            "permissions": permissions.of(user["id"]),
        }
    )
    cookies.set_session(response, issued, with_date=True)
    return response


@area.post("/signin")
@public
@takes(body=forms.SigninForm)
def sign_in(body):
    settings = environment.current()
    if settings.trusted_email_header:
        return _let_in(doors.through_proxy(), "trusted_header")
    if not settings.auth:
        return _let_in(doors.single_user(), "system")
    if not settings.enable_password_auth:
        raise forbidden("Signing in with a password is switched off on this server.")
    email = body["email"].strip().lower()
    address = f"signin:ip:{limits.private(request.remote_addr or '')}"
    if limits.tries(address, _ADDRESS_WINDOW) >= _ADDRESS_FAILURES or not limits.allow(email, _TRIES, _WINDOW):
        raise ApiError(429, "Too many attempts. Wait a few minutes and try again.")
    auth = Auth.get_or_none(Auth.email == email)
    known = auth.password if auth and auth.active else None
    if not passwords.verify(body["password"], known):
        limits.allow(address, _ADDRESS_FAILURES, _ADDRESS_WINDOW)
        raise bad_request("The e-mail address or the password is wrong.")
    return enter(User.get_by_id(auth.id), auth.session_stamp, "password")


def _let_in(user, auth_method):
    return enter(user, Auth.get_by_id(user.id).session_stamp, auth_method)


@area.post("/signup")
@public
@takes(body=forms.SignupForm)
def sign_up(body):
    if not _may_sign_up():
        raise forbidden("New accounts cannot be opened on this server.")
    user = accounts.opened_by_password(body)
    return enter(user, Auth.get_by_id(user.id).session_stamp, "password")


def _may_sign_up():
    settings = environment.current()
    if settings.trusted_email_header or not settings.auth:
        return False
    if not settings.enable_password_auth:
        return False
    is_open = keys.ENABLE_SIGNUP.get() and keys.ENABLE_LOGIN_FORM.get()
    return is_open or (settings.enable_initial_admin_signup and not User.exists_any())


@area.post("/signout")
@public
def sign_out():
    token = identity.carried()
    account = identity.by_session(token) if token else None
    if account is not None:
        revocations.revoke(account.claims)
        sessions.send_away(account.id)
    response = jsonify({"status": True})
    cookies.clear(response)
    response.headers["Vary"] = "Origin, Cookie"
    return response
