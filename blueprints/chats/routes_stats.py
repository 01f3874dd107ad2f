"""Statistics of chats: figures a chat, and the export of figures without the texts."""

from flask import g

from blueprints.chats import forms
from blueprints.chats.area import area
from models import chat_lists, chat_rows
from models.database import connection
from models.json_codec import dumps_bytes
from utils.access.roles import verified
from utils.chat import access, stats
from utils.http.errors import not_found, unauthorised
from utils.http.parse import takes
from utils.http.stream import lines

_EXPORT_PAGE = 10
_LATEST = 2**60


@area.get("/stats/usage")
@verified
@takes(query=forms.UsageQuery)
def usage(query):
    size, page = max(query["items_per_page"] or 50, 0), max(query["page"] or 1, 1)
    condition = f"user_id = ? AND {chat_lists.shown()}"
    # chats without messages are counted, but have no figures
    ids = chat_rows.ids_where(f"{condition} ORDER BY updated_at DESC, id", g.user.id)
    shown = ids[(page - 1) * size : page * size]
    items = [stats.usage(row) for one in shown if (row := chat_rows.whole(one))]
    return {"items": [one for one in items if one["history_message_count"]], "total": len(ids)}


@area.get("/stats/export")
@verified
@takes(query=forms.StatsQuery)
def export(query):
    condition, params = f"user_id = ? AND {chat_lists.shown()}", [g.user.id]
    if query["updated_at"] is not None:
        condition += " AND updated_at > ?"
        params.append(max(min(query["updated_at"], _LATEST), 0))
    ids = chat_rows.ids_where(f"{condition} ORDER BY updated_at, id", *params)
    if query["stream"]:
        name = f"attachment; filename=chat-stats-export-{g.user.id}.jsonl"
        return lines(_each(ids), "application/x-ndjson", {"Content-Disposition": name})
    page = max(query["page"] or 1, 1)
    shown = ids[(page - 1) * _EXPORT_PAGE : page * _EXPORT_PAGE]
    items = [stats.export(row) for one in shown if (row := chat_rows.whole(one))]
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
    return stats.export(row)
