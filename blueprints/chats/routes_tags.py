"""Tags of a user and of a chat (data.md, tag; identifiers)."""

from flask import g

from blueprints.chats import forms, shapes
from blueprints.chats.area import area
from blueprints.chats.routes_one import owned
from models import chat_lists, chat_rows
from models.chats import Tag
from utils.access.roles import verified
from utils.chat import access, labels, tasks
from utils.http.errors import unauthorised
from utils.http.parse import takes


@area.get("/all/tags")
@verified
def all_tags():
    return [shapes.tag(row) for row in Tag.of_user(g.user.id)]


@area.post("/tags")
@verified
@takes(body=forms.TagFilterForm)
def chats_with_tag(body):
    skip, limit = max(body["skip"] or 0, 0), body["limit"] or 50
    rows = chat_lists.tagged(g.user.id, Tag.id_of(body["name"]), skip, limit)
    return shapes.listed(rows, tasks.items())


@area.get("/<id>/tags")
@verified
def tags_of_chat(id):
    row = chat_rows.head(id)
    if row is None or not access.standing(g.user, row).sees:
        raise unauthorised("There is no such chat, or it is not yours to see.")
    return [shapes.tag(one) for one in labels.of_chat(row)]


@area.post("/<id>/tags")
@verified
@takes(body=forms.TagForm)
def add_tag(id, body):
    row = owned(id)
    return [shapes.tag(one) for one in labels.add(row, body["name"])]


@area.delete("/<id>/tags")
@verified
@takes(body=forms.TagForm)
def remove_tag(id, body):
    row = owned(id)
    return [shapes.tag(one) for one in labels.remove(row, body["name"])]
