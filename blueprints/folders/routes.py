"""Folders: the tree, their contents, sharing (access.tsv, data.md, folder)."""

from flask import g, jsonify

from blueprints.folders import forms, shapes
from models import access_grants, chat_lists, folder_tree
from models.base import new_id, now
from models.chats import ChatMessage
from models.folders import Folder, rolled_up, unread_counts
from models.users import User
from utils.access import entries
from utils.access.permissions import allows, group_ids, require
from utils.access.roles import verified
from utils.chat import deletion, tasks, viewers
from utils.http.area import Area
from utils.http.errors import bad_request, forbidden, not_found
from utils.http.parse import takes
from utils.settings import environment

area = Area("folders", __name__, "/api/v1/folders")

_PAGE = 10
_TAKEN = "There is a folder of this name here already."


def _require():
    require(g.user, "features.folders")


def _standing(folder_id):
    return folder_tree.standing(folder_id, g.user.id, group_ids(g.user.id))


def _bypasses():
    return g.user.role == "admin" and environment.current().admin_sees_all


def _existing(folder_id):
    row = folder_tree.one(folder_id)
    if row is None:
        raise not_found("There is no such folder.")
    return row


@area.get("/")
@verified
def list_folders():
    _require()
    rows = folder_tree.of_user(g.user.id)
    known = {row["id"] for row in rows}
    lost = [row["id"] for row in rows if row["parent_id"] is not None and row["parent_id"] not in known]
    if lost:
        folder_tree.orphan(g.user.id, lost)
        for row in rows:
            row["parent_id"] = None if row["id"] in lost else row["parent_id"]
    unread = rolled_up(g.user.id, {row["id"]: row["parent_id"] for row in rows})
    return [shapes.listed(row, unread[row["id"]]) for row in rows]


@area.post("/")
@verified
@takes(body=forms.FolderForm)
def create_folder(body):
    _require()
    parent_id = body["parent_id"]
    owner_id = _owner_of(parent_id)
    if folder_tree.has_name(owner_id, parent_id, body["name"]):
        raise bad_request(_TAKEN)
    _check_files(body["data"], owner_id)
    folder_id, moment = new_id(), now()
    Folder.insert(
        **body, id=folder_id, user_id=owner_id, is_expanded=False, created_at=moment, updated_at=moment
    ).execute()
    return shapes.folder(_existing(folder_id))


def _owner_of(parent_id):
    """Whose a new folder in this one is: its owner's, who let the caller write there. Raises 403. One that
    is not there is mended by the next listing."""
    parent = folder_tree.one(parent_id) if parent_id else None
    if parent is None:
        return g.user.id
    if not (_standing(parent_id).writes or _bypasses()):
        raise forbidden("You may not write in the folder around it.")
    return parent["user_id"]


def _check_files(data, owner_id, known=None):
    """What a folder holds, its readers may read: so what is new in it must be its owner's to pass on, and the
    caller's too. Raises 403."""
    if not data or "files" not in data:
        return
    given, known = data["files"], known if isinstance(known, list) else []
    new = [one for one in given if one not in known] if isinstance(given, list) else given
    owner = g.user if owner_id == g.user.id else User.get_or_none(User.id == owner_id)
    if owner is None or not entries.all_readable(new, owner) or not entries.all_readable(new, g.user):
        raise forbidden("You do not have access to everything in this folder.")


def _check_parent(parent_id):
    """Raises 403 for a folder of somebody else. One that is not there is mended by the next listing."""
    parent = folder_tree.one(parent_id) if parent_id else None
    if parent is not None and parent["user_id"] != g.user.id:
        raise forbidden("The folder around it is not yours.")


@area.get("/shared")
@verified
def list_shared():
    _require()
    return [shapes.shared(row) for row in folder_tree.shared_with(g.user.id, group_ids(g.user.id))]


@area.get("/<id>")
@verified
def get_folder(id):
    _require()
    row, standing = _existing(id), _standing(id)
    if not (standing.reads or _bypasses()):
        raise not_found("There is no such folder.")
    grants = access_grants.of_resources("folder", [id])[id]
    return shapes.granted(row, grants, standing.writes or _bypasses())


@area.post("/<id>/update")
@verified
@takes(body=forms.FolderUpdateForm)
def update_folder(id, body):
    _require()
    row = _existing(id)
    if not (_standing(id).writes or _bypasses()):
        raise not_found("There is no such folder.")
    if any(value is None for value in body.values()):
        raise bad_request("What is not to be changed is left out.")
    name = body.get("name")
    if name is not None and folder_tree.has_name(row["user_id"], row["parent_id"], name, besides=id):
        raise bad_request(_TAKEN)
    _check_files(body.get("data"), row["user_id"], (row["data"] or {}).get("files"))
    values = {} if name is None else {"name": name}
    for key in ("data", "meta"):
        if key in body:
            values[key] = {**(row[key] or {}), **body[key]}
    Folder.change(id, **values)
    _look_again(id)
    return shapes.folder(_existing(id))


@area.post("/<id>/update/parent")
@verified
@takes(body=forms.ParentForm)
def move_folder(id, body):
    _require()
    row, parent_id = folder_tree.one(id), body["parent_id"]
    if row is None or row["user_id"] != g.user.id:
        raise not_found("There is no such folder.")
    _check_parent(parent_id)
    if parent_id and parent_id in folder_tree.below([id]):
        raise bad_request("A folder cannot lie in itself or in a folder inside it.")
    if folder_tree.has_name(g.user.id, parent_id, row["name"], besides=id):
        raise bad_request(_TAKEN)
    Folder.change(id, parent_id=parent_id)
    _look_again(id)
    return shapes.folder(_existing(id))


@area.post("/<id>/update/expanded")
@verified
@takes(body=forms.ExpandedForm)
def expand_folder(id, body):
    _require()
    row = _existing(id)
    if row["user_id"] == g.user.id:
        Folder.change(id, is_expanded=body["is_expanded"])
        return shapes.folder(_existing(id))
    return shapes.folder(row) if _bypasses() or _standing(id).reads else jsonify(None)


@area.post("/<id>/access/update")
@verified
@takes(body=forms.GrantsForm)
def update_access(id, body):
    _require()
    row = _existing(id)
    if row["user_id"] != g.user.id and not _bypasses():
        raise forbidden("Only its owner shares a folder.")
    _check_audience(body["access_grants"])
    if "share_mode" in body:
        Folder.change(id, data={**(row["data"] or {}), "share_mode": body["share_mode"]})
    grants = access_grants.replace("folder", id, body["access_grants"])
    _look_again(id)
    return {**shapes.folder(_existing(id)), "access_grants": grants}


def _look_again(folder_id):
    """Whoever has a chat in the folder on screen, or in one inside it, is told that it may have changed."""
    inside = folder_tree.below([folder_id])
    viewers.look_again_where(f"folder_id IN ({chat_lists.marks(inside)})", *inside)


def _check_audience(grants):
    """Raises 403 for everybody at once, and where the caller may not share with such people at all."""
    for one in grants:
        kind = one.get("principal_type")
        if kind == "anyone" or (kind == "user" and one.get("principal_id") == access_grants.EVERYONE):
            raise forbidden("A folder cannot be shared with everybody.")
        path = {"user": "access_grants.allow_users", "group": "access_grants.allow_groups"}.get(kind)
        if path and not (allows(g.user, "sharing.folders") and allows(g.user, path)):
            raise forbidden("Your account may not share with these people.")


@area.get("/<id>/shared/chats")
@verified
@takes(query=forms.SharedChatsQuery)
def list_chats(id, query):
    _require()
    _existing(id)
    standing = _standing(id)
    if not (standing.reads or standing.writes or _bypasses()):
        raise forbidden("This folder was not shared with you.")
    page = query["page"]
    rows, total = chat_lists.everyones_in_folder(id, page, _PAGE, query["sort_by"], query["sort_dir"])
    authors = ChatMessage.authors_of([one["id"] for one in rows])
    names = User.names_of({one["user_id"] for one in rows} | {one for many in authors.values() for one in many})
    running = tasks.items()
    answer = {
        "chats": [
            shapes.chat(one, names, authors.get(one["id"], []), one["id"] in running, one["user_id"] == g.user.id)
            for one in rows
        ],
        "folder_permission": "write" if standing.writes or _bypasses() else "read",
    }
    return answer if page is None else {**answer, "total": total, "has_more": page * _PAGE < total}


@area.post("/<id>/read")
@verified
def read_folder(id):
    _require()
    row = _existing(id)
    if not (_standing(id).reads or _bypasses()):
        raise forbidden("This folder was not shared with you.")
    own = row["user_id"] == g.user.id
    folder_ids = folder_tree.below([id]) if own or _bypasses() else [id]
    count = chat_lists.mark_read(g.user.id, now(), folder_ids)
    return {
        "folder_id": id,
        "folder_ids": folder_ids,
        "updated_count": count,
        "folder_unread_counts": unread_counts(g.user.id),
    }


@area.delete("/<id>")
@verified
@takes(query=forms.DeleteQuery)
def delete_folder(id, query):
    _require()
    row = _existing(id)
    if row["user_id"] != g.user.id and not _bypasses():
        raise forbidden("This is not a folder of yours.")
    folder_ids = folder_tree.below([id])
    chat_ids = Folder.chat_ids(folder_ids)
    keep = query["delete_contents"] is False
    if not keep and chat_ids:
        require(g.user, "chat.delete")
    # what others put into a shared folder stays theirs
    gone = [] if keep else Folder.chat_ids(folder_ids, row["user_id"])
    deletion.delete(gone, lambda: Folder.drop(folder_ids, row["user_id"]))
    viewers.look_again([one for one in chat_ids if one not in set(gone)])
    return jsonify(True)
