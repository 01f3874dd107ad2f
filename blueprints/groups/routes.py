"""The groups area: everything but reading one's own groups is the administrator's."""

from flask import g, jsonify

from blueprints.groups import forms, shapes
from models import groups
from models.users import PUBLIC, User
from utils.access import previews
from utils.access.permissions import group_ids
from utils.access.roles import admin, verified
from utils.http.area import Area
from utils.http.errors import bad_request, not_found
from utils.http.parse import takes
from utils.settings import environment, keys
from utils.settings.permission_tree import PERMISSIONS, filled, merged

area = Area("groups", __name__, "/api/v1/groups")


def _group(group_id):
    row = groups.one(group_id)
    if row is None:
        raise not_found("There is no such group.")
    return row


@area.get("/")
@verified
@takes(query=forms.ListQuery)
def list_groups(query):
    rows = groups.everything()
    share = query["share"]
    if g.user.is_admin:
        return [shapes.group(row) for row in rows]
    mine = set(group_ids(g.user.id))
    return [shapes.group(row) for row in rows if _visible(row, row["id"] in mine, share)]


def _visible(row, is_member, share):
    if share is None:
        return is_member
    return _shareable(row, is_member) == share and (is_member or share)


def _shareable(row, is_member):
    """Whether things may be shared with the group: by all, its members, or nobody (data.md, group)."""
    setting = ((row["data"] or {}).get("config") or {}).get("share", True)
    return is_member if setting == "members" else bool(setting)


@area.post("/create")
@admin
@takes(body=forms.GroupForm)
def create(body):
    parent = body.get("parent_group_id")
    data = body.get("data") or {}
    config = {"share": _default_share(), **(data.get("config") or {})}
    with groups.changing():
        _check_parent(parent)
        row = groups.Group.create(
            user_id=g.user.id,
            name=_name(body["name"]),
            description=body["description"],
            permissions=body.get("permissions"),
            data={**data, "config": config},
            parent_group_id=parent,
        )
    return shapes.group(_group(row.id))


def _default_share():
    setting = environment.current().default_group_share
    return setting if setting == "members" else setting == "true"


def _name(name):
    if len(name) > 1000:
        raise bad_request("A name has at most 1000 characters.")
    return name


def _check_parent(parent):
    if parent == "":
        raise bad_request("The group around this one is named by its id, or null.")
    if parent is not None and groups.one(parent) is None:
        raise not_found("There is no such outer group.")


@area.get("/id/<id>")
@admin
def get_group(id):
    return shapes.group(_group(id))


@area.get("/id/<id>/info")
@verified
def info(id):
    return shapes.info(_group(id))


@area.get("/id/<id>/export")
@admin
def export(id):
    return {**shapes.group(_group(id)), "user_ids": groups.direct_members(id)}


@area.get("/id/<id>/preview")
@admin
def preview(id):
    row = _group(id)
    around = groups.above(id)
    inherited = filled(keys.USER_PERMISSIONS.get() or {}, PERMISSIONS)
    for outer in reversed(around):
        inherited = merged(inherited, outer["permissions"] or {})
    own = row["permissions"] or {}
    return {
        "group": {"id": id, "name": row["name"]},
        "default_models": shapes.default_models([row, *around]),
        **previews.of_group(id),
        "permissions": own,
        "inherited_permissions": inherited,
        "effective_permissions": merged(inherited, own),
    }


@area.post("/id/<id>/update")
@admin
@takes(body=forms.GroupForm)
def update(id, body):
    with groups.changing():
        row = _group(id)
        values = {"name": _name(body["name"]), "description": body["description"]}
        values |= {name: body[name] for name in ("permissions", "data") if body.get(name) is not None}
        if "parent_group_id" in body:
            _check_parent(body["parent_group_id"])
            if body["parent_group_id"] in groups.ids_below(id):
                raise bad_request("A group cannot lie within itself.")
            values["parent_group_id"] = body["parent_group_id"]
        if "data" in values:
            values["data"] = {**(row["data"] or {}), **values["data"]}
        groups.change(id, values)
    return shapes.group(_group(id))


@area.delete("/id/<id>/delete")
@admin
def delete(id):
    if not groups.remove(id):
        raise not_found("There is no such group.")
    return jsonify(True)


@area.get("/id/<id>/members")
@admin
@takes(query=forms.MembersQuery)
def members(id, query):
    _group(id)
    rows, total, counts = groups.members(id, query["membership"], query["query"], query["page"])
    through = groups.through(id, (row["id"] for row in rows if row["inherited"]))
    items = [shapes.member(row, through.get(row["id"], [])) for row in rows]
    return {"items": items, "total": total, "counts": counts}


@area.post("/id/<id>/users")
@admin
def list_members(id):
    rows = User.select(*PUBLIC).where(User.id.in_(groups.direct_members(id) or [""])).dicts()
    return [shapes.listed_member(row) for row in rows]


@area.post("/id/<id>/users/add")
@admin
@takes(body=forms.UserIdsForm)
def add_users(id, body):
    _group(id)
    groups.add_members(id, body["user_ids"] or [])
    return shapes.group(_group(id))


@area.post("/id/<id>/users/remove")
@admin
@takes(body=forms.UserIdsForm)
def remove_users(id, body):
    _group(id)
    groups.remove_members(id, body["user_ids"] or [])
    return shapes.group(_group(id))
