"""Chats in and out: import, export, and the settings of the area."""

from flask import Response, g

from blueprints.chats import forms, shapes
from blueprints.chats.area import area
from models import chat_lists, chat_rows
from models.database import connection
from utils.access.permissions import require
from utils.access.roles import admin, verified
from utils.chat import imports
from utils.http.errors import unauthorised
from utils.http.parse import takes
from utils.http.stream import lines
from utils.settings import environment, keys
from utils.settings.setting import read, save

_BATCH = 20


@area.post("/import")
@verified
@takes(body=forms.ImportForm)
def import_chats(body):
    require(g.user, "chat.import")
    rows = imports.store_all(g.user, body["chats"])
    return shapes.chats([shapes.made(row) for row in rows])


@area.get("/all")
@verified
def export_all():
    user_id = g.user.id
    condition = f"user_id = ? AND {chat_lists.shown()}"
    return lines(_each(condition, (user_id,)), "application/x-ndjson")


def _each(condition, params):
    """One chat a line, read in small batches: the export of years of use fits into little memory."""
    ids = []
    with connection():
        ids = chat_rows.ids_where(f"{condition} ORDER BY updated_at DESC, id", *params)
    for start in range(0, len(ids), _BATCH):
        for one in ids[start : start + _BATCH]:
            with connection():
                row = chat_rows.whole(one)
            if row is not None:
                yield shapes.chat_bytes(row) + b"\n"


@area.get("/all/archived")
@verified
def export_archived():
    condition = f"user_id = ? AND archived = {chat_lists.yes()} AND {chat_lists.shown()} ORDER BY updated_at DESC, id"
    return _list(chat_rows.ids_where(condition, g.user.id))


@area.get("/all/db")
@admin
def export_everyones():
    if not environment.current().admin_export:
        raise unauthorised("Exports by administrators are switched off on this server.")
    return _list(chat_rows.ids_where("1 = 1 ORDER BY updated_at DESC, id"))


def _list(ids):
    """A JSON list, written piece by piece."""

    def pieces():
        yield b"["
        for place, one in enumerate(ids):
            with connection():
                row = chat_rows.whole(one)
            if row is not None:
                yield (b"," if place else b"") + shapes.chat_bytes(row)
        yield b"]"

    return Response(pieces(), mimetype="application/json")


_CONFIG = {
    "CONTEXT_COMPACTION_MODEL": keys.CONTEXT_COMPACTION_MODEL,
    "ENABLE_CONTEXT_COMPACTION": keys.ENABLE_CONTEXT_COMPACTION,
    "CONTEXT_COMPACTION_TOKEN_THRESHOLD": keys.CONTEXT_COMPACTION_TOKEN_THRESHOLD,
    "CONTEXT_COMPACTION_TOKEN_CAP": keys.CONTEXT_COMPACTION_TOKEN_CAP,
    "CONTEXT_COMPACTION_RETENTION_PERCENTAGE": keys.CONTEXT_COMPACTION_RETENTION_PERCENTAGE,
    "CONTEXT_COMPACTION_PROMPT_TEMPLATE": keys.CONTEXT_COMPACTION_PROMPT_TEMPLATE,
    "ENABLE_TOOL_PERMISSIONS": keys.ENABLE_TOOL_PERMISSIONS,
    "ENABLE_TOOL_SEARCH": keys.ENABLE_TOOL_SEARCH,
    "TOOL_SEARCH_DEFER_THRESHOLD": keys.TOOL_SEARCH_DEFER_THRESHOLD,
    "TOOL_SEARCH_ALWAYS_LOADED": keys.TOOL_SEARCH_ALWAYS_LOADED,
    "TOOL_SEARCH_DEFER_BUILTIN_TOOLS": keys.TOOL_SEARCH_DEFER_BUILTIN_TOOLS,
}
_THRESHOLD, _RETENTION, _LEAST_RETENTION, _MOST_RETENTION = 80000, 40, 10, 50


@area.get("/config")
@admin
def get_config():
    values = dict(zip(_CONFIG, read(*_CONFIG.values()), strict=True))
    values["CONTEXT_COMPACTION_MODEL"] = values["CONTEXT_COMPACTION_MODEL"] or ""
    if values["CONTEXT_COMPACTION_TOKEN_CAP"] is None:
        values["CONTEXT_COMPACTION_TOKEN_CAP"] = values["CONTEXT_COMPACTION_TOKEN_THRESHOLD"]
    return values


@area.post("/config")
@admin
@takes(body=forms.ConfigForm)
def set_config(body):
    threshold = max(_or(body["CONTEXT_COMPACTION_TOKEN_THRESHOLD"], _THRESHOLD), 1)
    cap = body["CONTEXT_COMPACTION_TOKEN_CAP"]
    retention = _or(body["CONTEXT_COMPACTION_RETENTION_PERCENTAGE"], _RETENTION)
    body |= {
        "CONTEXT_COMPACTION_MODEL": body["CONTEXT_COMPACTION_MODEL"] or "",
        "CONTEXT_COMPACTION_TOKEN_THRESHOLD": threshold,
        "CONTEXT_COMPACTION_TOKEN_CAP": max(cap, 1) if cap else threshold,
        "CONTEXT_COMPACTION_RETENTION_PERCENTAGE": min(max(retention, _LEAST_RETENTION), _MOST_RETENTION),
        "TOOL_SEARCH_DEFER_THRESHOLD": max(body["TOOL_SEARCH_DEFER_THRESHOLD"], 0),
    }
    save({key: body[name] for name, key in _CONFIG.items()})
    return get_config()


def _or(value, default):
    return default if value is None else value
