"""Copies of chats: clone, fork, clone of a shared chat."""

from flask import g

from blueprints.chats import forms, shapes
from blueprints.chats.area import area
from blueprints.chats.routes_one import seen
from models import chat_rows
from models.chats import SharedChat
from utils.access.permissions import require
from utils.access.roles import verified
from utils.chat import access, copies, tasks
from utils.http.errors import not_found, unauthorised
from utils.http.parse import takes


@area.post("/<id>/clone")
@verified
@takes(body=forms.CloneForm)
def clone_chat(id, body):
    require(g.user, "chat.import")
    row = chat_rows.whole(id)
    if row is None or row["user_id"] != g.user.id:
        raise unauthorised("This is not a chat of yours.")
    return shapes.chat(shapes.made(copies.clone(row, g.user, body["title"])))


@area.post("/<id>/fork")
@verified
@takes(body=forms.ForkForm, optional=True)
def fork_chat(id, body):
    require(g.user, "chat.import")
    row, _ = seen(id)
    tasks.require_idle(id)
    made = copies.fork(row, g.user, (body or {}).get("message_id"))
    if made is None:
        raise not_found("There is no such message in the chat.")
    return shapes.chat(shapes.made(made))


@area.post("/<id>/clone/shared")
@verified
def clone_shared(id):
    """`id` is a share link's; an administrator may name a chat too. A link to continue gives the chat as it is
    now, any other its snapshot."""
    require(g.user, "chat.import")
    link = SharedChat.snapshot(id)
    if link is not None and (
        link.user_id == g.user.id or access.is_admin(g.user) or access.reads_link(g.user, link.chat_id)
    ):
        live = chat_rows.whole(link.chat_id) if access.share_mode(id) == access.CONTINUE else None
        made = copies.clone_link(link, g.user) if live is None else copies.clone(live, g.user, by_link=True)
        return shapes.chat(shapes.made(made))
    row = chat_rows.whole(id) if access.is_admin(g.user) else None
    if row is None:
        raise unauthorised("There is no such share link, or it is not open to you.")
    return shapes.chat(shapes.made(copies.clone(row, g.user, by_link=True)))
