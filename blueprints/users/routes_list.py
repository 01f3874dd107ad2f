"""Lists of accounts, and the permissions that all of them start from."""

from flask import g

from blueprints.users import forms, shapes
from blueprints.users.area import area
from models import groups
from models.users import PUBLIC, User
from utils.access import permissions
from utils.access.roles import admin, verified
from utils.http.parse import takes
from utils.settings import keys
from utils.settings.permission_tree import PERMISSIONS, filled

_PAGE = 30


def _page(columns, query):
    rows, total = User.matching(columns, query["query"], query["order_by"], query["direction"])
    return list(rows.paginate(max(query["page"] or 1, 1), _PAGE).dicts()), total


@area.get("/")
@admin
@takes(query=forms.ListQuery)
def list_users(query):
    rows, total = _page(shapes.WHOLE, query)
    member_of = groups.direct_of_users(row["id"] for row in rows)
    users = [{**shapes.whole(row), "group_ids": [one["id"] for one in member_of[row["id"]]]} for row in rows]
    return {"users": users, "total": total}


@area.get("/all")
@admin
def list_all():
    rows, total = User.matching(PUBLIC, None, None, None)
    return {"users": [shapes.public(row) for row in rows.dicts()], "total": total}


@area.get("/search")
@verified
@takes(query=forms.ListQuery)
def search(query):
    rows, total = _page(PUBLIC, query)
    return {"users": [shapes.public(row) for row in rows], "total": total}


@area.get("/groups")
@verified
@takes(query=forms.InheritedQuery)
def own_groups(query):
    return groups_of(g.user.id, inherited=query["include_inherited"])


def groups_of(user_id, *, inherited):
    """The groups of a user; with `inherited` those around them too, each with the kind of membership."""
    direct = groups.direct_ids_of_user(user_id)
    if not inherited:
        return [shapes.group(row) for row in groups.among(direct)]
    rows = groups.among(groups.ids_of_user(user_id))
    return [shapes.group(row, "direct" if row["id"] in direct else "inherited") for row in rows]


@area.get("/permissions")
@verified
def own_permissions():
    return permissions.of(g.user.id)


@area.get("/default/permissions")
@admin
def default_permissions():
    return filled(keys.USER_PERMISSIONS.get() or {}, PERMISSIONS)


@area.get("/default/permissions/defaults")
@admin
def initial_permissions():
    return PERMISSIONS


@area.post("/default/permissions")
@admin
@takes(body=forms.PermissionsForm)
def set_default_permissions(body):
    tree = {branch: body[branch] for branch in PERMISSIONS}
    keys.USER_PERMISSIONS.set(tree)
    return tree
