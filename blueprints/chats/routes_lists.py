"""Lists of chats, and what is done to all of them at once."""

from flask import g, jsonify

from blueprints.chats import forms, shapes
from blueprints.chats.area import area
from models import chat_lists, chat_rows, folder_tree
from models.base import now
from models.chats import Chat, Tag
from models.folders import unread_counts
from utils.access.permissions import require
from utils.access.roles import admin, verified
from utils.chat import deletion, search, tasks, viewers
from utils.http.errors import bad_request, unauthorised
from utils.http.fields import FAR
from utils.http.parse import takes
from utils.settings import environment

_FOLDER_PAGE = 10


@area.get("/")
@verified
@takes(query=forms.ListQuery)
def list_chats(query):
    return _page(query)


@area.get("/list")
@verified
@takes(query=forms.ListQuery)
def list_chats_too(query):
    return _page(query)


def _page(query):
    _check_page(query["page"])
    rows = chat_lists.page_of(
        g.user.id,
        query["page"],
        pinned=bool(query["include_pinned"]),
        folders=bool(query["include_folders"]),
        sort_by=query["sort_by"],
        sort_dir=query["sort_dir"],
    )
    return shapes.listed(rows, tasks.items())


def _check_page(page):
    """Raises 400 for a page beyond what a database can count to."""
    if page is not None and page >= FAR:
        raise bad_request("There is no such page.")


@area.get("/pinned")
@verified
def list_pinned():
    return shapes.listed(chat_lists.pinned_of(g.user.id), tasks.items())


@area.get("/search")
@verified
@takes(query=forms.SearchQuery)
def search_chats(query):
    return shapes.listed(search.chats(g.user.id, query["text"], query["page"] or 1), tasks.items())


@area.get("/folder/<folder_id>")
@verified
def list_whole_in_folder(folder_id):
    return shapes.chats(chat_lists.whole_folders(folder_tree.below([folder_id]), g.user.id))


@area.get("/folder/<folder_id>/list")
@verified
@takes(query=forms.FolderListQuery)
def list_in_folder(folder_id, query):
    _check_page(query["page"])
    rows = chat_lists.in_folder(
        folder_id, g.user.id, query["page"] or 1, _FOLDER_PAGE, query["sort_by"], query["sort_dir"]
    )
    return shapes.listed(rows, tasks.items())


@area.get("/archived")
@verified
@takes(query=forms.ManagedQuery)
def list_archived(query):
    rows = chat_lists.archived_of(g.user.id, query["page"], query["query"], query["order_by"], query["direction"])
    return shapes.listed(rows, set(), last_read_at=None)


@area.get("/archived/count")
@verified
def count_archived():
    return jsonify(chat_lists.count_archived(g.user.id))


@area.get("/list/user/<user_id>")
@admin
@takes(query=forms.ManagedQuery)
def list_of_user(user_id, query):
    if not environment.current().admin_chat_access:
        raise unauthorised("Administrators may not look into the chats of others on this server.")
    rows = chat_lists.all_of(user_id, query["page"], query["query"], query["order_by"], query["direction"])
    return shapes.listed(rows, tasks.items())


@area.post("/read")
@verified
def read_all():
    count = chat_lists.mark_read(g.user.id, now())
    return {"updated_count": count, "folder_unread_counts": unread_counts(g.user.id)}


@area.post("/archive/all")
@verified
def archive_all():
    Chat.archive_all(g.user.id, archived=True)
    # archived chats lie in no folder: who read them there may not any more
    viewers.look_again_where("user_id = ?", g.user.id)
    return jsonify(True)


@area.post("/unarchive/all")
@verified
def unarchive_all():
    Chat.archive_all(g.user.id, archived=False)
    return jsonify(True)


@area.delete("/")
@verified
def delete_all():
    require(g.user, "chat.delete", denied=401)
    deletion.delete(chat_rows.ids_where("user_id = ?", g.user.id), lambda: Tag.drop_all(g.user.id))
    return jsonify(True)
