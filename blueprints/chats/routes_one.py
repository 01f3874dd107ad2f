"""One chat: making, reading, saving, moving, deleting it."""

from flask import g, jsonify

from blueprints.chats import forms, shapes
from blueprints.chats.area import area
from models import chat_rows, folder_tree
from models.base import now
from models.chats import Chat
from models.folders import unread_counts
from utils.access.permissions import group_ids, require
from utils.access.roles import verified
from utils.chat import access, compaction, deletion, merge, reading, store, tasks, viewers
from utils.http.errors import not_found, unauthorised
from utils.http.parse import takes


def seen(id):
    """The whole row of a chat that the caller may look at, and his standing. Raises 401."""
    row = chat_rows.whole(id)
    standing = access.standing(g.user, row) if row is not None else None
    if standing is None or not standing.sees:
        raise unauthorised("There is no such chat, or it is not yours to see.")
    return row, standing


def owned(id):
    """The head of a chat of the caller's own. Raises 401."""
    row = chat_rows.head(id)
    if row is None or row["user_id"] != g.user.id:
        raise unauthorised("This is not a chat of yours.")
    return row


def own_edit(id):
    """`store.edit` for a chat of the caller's own. Raises 401."""
    owned(id)
    return store.edit(id)


def check_folder(folder_id):
    """Raises 404 unless the caller may put chats into the folder."""
    if folder_id is not None and not folder_tree.standing(folder_id, g.user.id, group_ids(g.user.id)).writes:
        raise not_found("There is no such folder.")


@area.post("/new")
@verified
@takes(body=forms.ChatForm)
def new_chat(body):
    document = merge.fresh(body["chat"], g.user)
    check_folder(body["folder_id"])
    row = store.create(g.user.id, document, folder_id=body["folder_id"], variables=body["variables"] or {})
    return shapes.chat(shapes.made(row))


@area.get("/<id>")
@verified
def get_chat(id):
    row, standing = seen(id)
    row["chat"] = reading.document(row)
    row["context_usage"] = compaction.context_usage(id, row["current_message_id"])
    shown = reading.for_owner(row) if standing.owner else reading.for_others(row, g.user.id)
    return shapes.chat(shown, standing.share_mode)


@area.post("/<id>")
@verified
@takes(body=forms.ChatForm)
def save_chat(id, body):
    with own_edit(id) as editing:
        merge.save(editing, body["chat"], g.user)
        if body["variables"] is not None:
            editing.columns["variables"] = body["variables"]
    return shapes.chat(editing.values())


@area.route("/<id>/params", methods=["PATCH"])
@verified
@takes(free=True)
def patch_params(id, body):
    with own_edit(id) as editing:
        known = editing.document.get("params")
        params = {**known, **body} if isinstance(known, dict) else dict(body)
        editing.document["params"] = params
        editing.changed()
    return params


@area.delete("/<id>")
@verified
def delete_chat(id):
    require(g.user, "chat.delete", denied=401)
    row = chat_rows.head(id)
    if row is None or not (row["user_id"] == g.user.id or access.is_admin(g.user)):
        raise not_found("There is no such chat.")
    deletion.delete([id])
    return jsonify(True)


@area.get("/<id>/pinned")
@verified
def is_pinned(id):
    pinned = owned(id)["pinned"]
    return jsonify(None if pinned is None else bool(pinned))


@area.post("/<id>/pin")
@verified
def toggle_pinned(id):
    pinned = not owned(id)["pinned"]
    moment = now()
    Chat.change(id, pinned=pinned, updated_at=moment, last_read_at=moment)
    return _unmoded(id)


@area.post("/<id>/archive")
@verified
def toggle_archived(id):
    archived = not owned(id)["archived"]
    moment = now()
    values = {"archived": archived, "updated_at": moment, "last_read_at": moment}
    Chat.change(id, **values, **({"folder_id": None} if archived else {}))
    if archived:
        tasks.stop_item(id)
        viewers.look_again([id])
    return _unmoded(id)


@area.post("/<id>/folder")
@verified
@takes(body=forms.FolderForm)
def move_chat(id, body):
    owned(id)
    check_folder(body["folder_id"])
    moment = now()
    Chat.change(id, folder_id=body["folder_id"], pinned=False, updated_at=moment, last_read_at=moment)
    viewers.look_again([id])
    return _unmoded(id)


@area.post("/<id>/unread")
@verified
def mark_unread(id):
    row = chat_rows.head(id)
    if row is None or row["user_id"] != g.user.id:
        raise not_found("There is no such chat.")
    Chat.change(id, last_read_at=0)
    return {
        "chat_id": id,
        "last_read_at": 0,
        "folder_id": row["folder_id"],
        "folder_unread_counts": unread_counts(g.user.id),
    }


def _unmoded(id):
    """The chat as it is now."""
    row = chat_rows.whole(id)
    if row is None:
        raise not_found("The chat was deleted in the meantime.")
    return shapes.chat(row)
