"""Share links: a snapshot behind an address, and who may open it (data.md, shared_chat)."""

from flask import g, jsonify

from blueprints.chats import forms, shapes
from blueprints.chats.area import area
from blueprints.chats.routes_one import owned
from models import access_grants, chat_lists, chat_rows
from models.chats import SharedChat
from utils.access.permissions import require
from utils.access.roles import optional_user, verified
from utils.chat import access, reading, sharing
from utils.http.errors import not_found, unauthorised
from utils.http.parse import takes


@area.get("/shared")
@verified
@takes(query=forms.ManagedQuery)
def list_shared(query):
    rows = chat_lists.shared_of(g.user.id, query["page"], query["query"], query["order_by"], query["direction"])
    return [shapes.shared(row) for row in rows]


@area.delete("/share/all")
@verified
def unshare_all():
    sharing.unshare(chat_rows.ids_where("user_id = ? AND share_id IS NOT NULL", g.user.id))
    return jsonify(True)


@area.get("/share/<share_id>")
@optional_user
def open_link(share_id):
    link = SharedChat.snapshot(share_id)
    if link is None or not _opens(link):
        raise unauthorised("There is no such share link, or it is not open to you.")
    row = chat_rows.whole(link.chat_id) if g.user is not None else None
    if row is not None and _continues(row):
        row["chat"] = reading.document(row)
        own = row["user_id"] == g.user.id
        return shapes.chat(reading.for_owner(row) if own else reading.for_others(row, g.user.id), access.CONTINUE)
    row = shapes.snapshot(link)
    own = g.user is not None and link.user_id == g.user.id
    return shapes.chat(row if own else reading.for_others(row), None)


def _opens(link):
    if g.user is None or g.user.role not in ("user", "admin"):
        return access.is_open(link.chat_id)
    return (
        link.user_id == g.user.id
        or access.is_admin(g.user)
        or access.reads_link(g.user, link.chat_id)
        or access.is_open(link.chat_id)
    )


def _continues(row):
    if row["user_id"] == g.user.id:
        return row["share_id"] is not None and access.share_mode(row["share_id"]) == access.CONTINUE
    return access.continues_link(g.user, row["id"], row["share_id"])


@area.post("/<id>/share")
@verified
@takes(body=forms.ShareForm, optional=True)
def share_chat(id, body):
    require(g.user, "chat.share", denied=401)
    owned(id)
    sharing.share(id, **(body or {}))
    return _whole(id)


@area.delete("/<id>/share")
@verified
def unshare_chat(id):
    owned(id)
    sharing.unshare([id])
    return jsonify(True)


@area.get("/shared/<id>/access")
@verified
def link_access(id):
    _managed(id)
    return [shapes.grant(row) for row in access_grants.of_resources("shared_chat", [id])[id]]


@area.post("/shared/<id>/access/update")
@verified
@takes(body=forms.GrantsForm)
def update_link_access(id, body):
    _managed(id)
    sharing.check_audience(g.user, body["access_grants"])
    sharing.set_access(
        id, body["access_grants"], **({"share_mode": body["share_mode"]} if "share_mode" in body else {})
    )
    return _whole(id)


def _managed(id):
    row = chat_rows.head(id)
    if row is None or not (row["user_id"] == g.user.id or access.is_admin(g.user)):
        raise not_found("There is no such chat.")


def _whole(id):
    row = chat_rows.whole(id)
    if row is None:
        raise not_found("The chat was deleted in the meantime.")
    return shapes.chat(row)
