"""One account: seen by others, administered."""

from flask import g, jsonify

from blueprints.users import forms, shapes
from blueprints.users.area import area
from blueprints.users.routes_list import groups_of
from models import groups
from models.closing import close_account
from models.users import PUBLIC, OAuthSession, User
from utils.access import previews
from utils.access.roles import admin, verified
from utils.auth import accounts, passwords, pictures
from utils.http.errors import bad_request, forbidden, not_found
from utils.http.parse import takes
from utils.realtime import sessions


def _row(user_id, columns, raised=bad_request):
    row = User.select(*columns).where(User.id == user_id).dicts().first()
    if row is None:
        raise raised("There is no such account.")
    return row


@area.get("/<user_id>")
@admin
def get_user(user_id):
    row = _row(user_id, shapes.WHOLE)
    return shapes.administered(row, groups.direct_of_users([user_id])[user_id])


@area.get("/<user_id>/info")
@verified
def info(user_id):
    row = _row(user_id, PUBLIC)
    member_of = groups.direct_of_users([user_id])[user_id]
    return shapes.public(row, member_of, active=shapes.is_active(row["last_active_at"]))


@area.get("/<user_id>/active")
@verified
def active(user_id):
    seen = User.select(User.last_active_at).where(User.id == user_id).scalar()
    return {"active": shapes.is_active(seen)}


@area.get("/<user_id>/groups")
@admin
@takes(query=forms.InheritedQuery)
def groups_of_user(user_id, query):
    return groups_of(user_id, inherited=query["include_inherited"])


@area.get("/<user_id>/preview")
@admin
def preview(user_id):
    row = _row(user_id, (User.id, User.name), not_found)
    member_of = groups.among(groups.ids_of_user(user_id))
    return {
        "user": row,
        "groups": [{"id": one["id"], "name": one["name"]} for one in member_of],
        **previews.of_user(user_id),
    }


@area.get("/<user_id>/profile/image")
@verified
def picture(user_id):
    return pictures.serve(_row(user_id, (User.profile_image_url,))["profile_image_url"])


@area.get("/<user_id>/oauth/sessions")
@admin
def provider_sessions(user_id):
    rows = OAuthSession.of_user(user_id)
    if not rows:
        raise bad_request("This account has no session with a provider.")
    return rows


@area.post("/<user_id>/update")
@admin
@takes(body=forms.UserUpdateForm)
def update(user_id, body):
    row = _row(user_id, (User.id, User.email, User.role))
    given = {name: value for name, value in body.items() if value is not None}
    _check_first(user_id, given.get("role", "admin"))
    password = given.pop("password", "")
    if password:
        passwords.check_new(password)
    if "name" in given:
        given["name"] = accounts.checked_name(given["name"])
    if "email" in given:
        given["email"] = accounts.checked_email(given["email"])
    accounts.change(user_id, given, password)
    if given.get("role", row["role"]) != row["role"] or password:
        sessions.send_away(user_id)
    return shapes.whole(_row(user_id, shapes.WHOLE))


def _check_first(user_id, role):
    """The oldest account stays an administrator, and only its owner changes it."""
    if user_id == User.first_id() and (user_id != g.user.id or role != "admin"):
        raise forbidden("The first administrator of this server cannot be changed this way.")


@area.delete("/<user_id>")
@admin
def delete(user_id):
    if user_id in (g.user.id, User.first_id()):
        raise forbidden("This account cannot be deleted: it is your own, or the first administrator's.")
    close_account(user_id)
    sessions.send_away(user_id)
    return jsonify(True)


@area.post("/<user_id>/sessions/revoke")
@admin
def revoke_sessions(user_id):
    if not accounts.end_sessions(user_id):
        raise not_found("There is no such account.")
    sessions.send_away(user_id)
    return jsonify(True)
