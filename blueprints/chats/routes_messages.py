"""Single messages: editing, deleting, events about them."""

from flask import g, jsonify

from blueprints.chats import forms, shapes
from blueprints.chats.area import area
from models import chat_rows
from utils.access.roles import verified
from utils.chat import access, edits, sender, store
from utils.http.errors import bad_request, unauthorised
from utils.http.parse import takes
from utils.realtime import emit


def managed(id):
    """The head of a chat that the caller owns or administers. Raises 401."""
    row = chat_rows.head(id)
    if row is None or not (row["user_id"] == g.user.id or access.is_admin(g.user)):
        raise unauthorised("This is not a chat of yours.")
    return row


@area.post("/<id>/messages/<message_id>")
@verified
@takes(body=forms.MessageForm)
def edit_message(id, message_id, body):
    row = managed(id)
    changes = {key: value for key, value in body.items() if value is not None}
    if not changes:
        raise bad_request("There is nothing to change in this request.")
    with store.edit(id) as editing:
        edits.change(editing, message_id, changes)
    if "content" in changes:
        data = {"chat_id": id, "message_id": message_id, "content": changes["content"]}
        emit.chat_event(row["user_id"], id, message_id, "chat:message", data)
    else:
        data = {"chat_id": id, "message_id": message_id, "voice": changes["voice"]}
        emit.chat_event(row["user_id"], id, message_id, "chat:message:voice", data)
    return shapes.chat(editing.values())


@area.delete("/<id>/messages/<message_id>")
@verified
def delete_message(id, message_id):
    managed(id)
    with store.edit(id) as editing:
        edits.delete(editing, message_id)
    return shapes.chat(editing.values())


@area.post("/<id>/messages/<message_id>/event")
@verified
@takes(body=forms.EventForm)
def message_event(id, message_id, body):
    row, kind, data = managed(id), body["type"], body["data"]
    is_sound = edits.is_sound(kind, data)
    if is_sound and edits.stores(kind, data):
        with store.edit(id) as editing:
            edits.apply_event(editing, message_id, kind, data)
    if kind == "chat:messages":
        emit.chat_messages(id, message_id, row["user_id"], data, None)
        return jsonify(True)
    emit.chat_event(row["user_id"], id, message_id, kind, data)
    copy = sender.for_viewers(kind, data)
    if copy is not None:
        emit.chat_shared(id, kind, copy, message_id=message_id, user_id=row["user_id"])
    return jsonify(is_sound)
