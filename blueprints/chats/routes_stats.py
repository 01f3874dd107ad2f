"""Statistics of chats: figures a chat, and the export of figures without the texts."""

from flask import g

from blueprints.chats import forms
from blueprints.chats.area import area
from models import chat_lists, chat_rows
from models.database import connection
from models.json_codec import dumps_bytes
from utils.access.roles import verified
from utils.chat import access, stats
from utils.http.errors import bad_request, not_found, unauthorised
from utils.http.fields import FAR
from utils.http.parse import takes
from utils.http.stream import lines

_EXPORT_PAGE = 10


@area.get("/stats/usage")
@verified
@takes(query=forms.UsageQuery)
def usage(query):
    size, page = 50 if query["items_per_page"] is None else query["items_per_page"], max(query["page"] or 1, 1)
    if max(size, page) >= FAR:
        raise bad_request("There are no such pages.")
    # chats without messages are counted, but have no figures
    ids = chat_lists.ids_of(g.user.id)
    # as a negative limit of a query: all
    shown = ids[(page - 1) * size : page * size] if size >= 0 else ids
    items = [stats.usage(row) for one in shown if (row := chat_rows.whole(one))]
    return {"items": [one for one in items if one["history_message_count"]], "total": len(ids)}


@area.get("/stats/export")
@verified
@takes(query=forms.StatsQuery)
def export(query):
    if max(query["updated_at"] or 0, query["page"] or 0) >= FAR:
        raise bad_request("There are no such pages.")
    since = query["updated_at"]
    changed = ("1 = 1",) if since is None else ("updated_at > ?", max(since, 0))
    ids = chat_lists.ids_of(g.user.id, *changed, oldest_first=True)
    if query["stream"]:
        name = f"attachment; filename=chat-stats-export-{g.user.id}.jsonl"
        return lines(_each(ids), "application/x-ndjson", {"Content-Disposition": name})
    page = query["page"] if query["page"] is not None else 1
    start = (max(page, 1) - 1) * _EXPORT_PAGE
    items = [stats.export(row) for one in ids[start : start + _EXPORT_PAGE] if (row := chat_rows.whole(one))]
    return {"type": "chats", "items": items, "total": len(ids), "page": page}


def _each(ids):
    for one in ids:
        with connection():
            row = chat_rows.whole(one)
        if row is not None:
            yield dumps_bytes(stats.export(row)) + b"\n"


@area.get("/stats/export/<chat_id>")
@verified
def export_one(chat_id):
    row = chat_rows.whole(chat_id)
    if row is None:
        raise not_found("There is no such chat.")
    if row["user_id"] != g.user.id and not access.is_admin(g.user):
        raise unauthorised("This is not a chat of yours.")
    return stats.export(row, strict=True)
