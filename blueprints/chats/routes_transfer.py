"""Chats in and out: import, export, and the settings of the area."""

from flask import g

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


@area.post("/import")
@verified
@takes(body=forms.ImportForm)
def import_chats(body):
    require(g.user, "chat.import")
    rows = imports.store_all(g.user, body["chats"])
    return shapes.chats_made(rows)


@area.get("/all")
@verified
def export_all():
    return lines(_each(g.user.id), "application/x-ndjson")


def _each(user_id):
    """One chat a line, each read for itself: the export of years of use fits into little memory."""
    with connection():
        ids = chat_lists.ids_of(user_id)
    for one in ids:
        with connection():
            row = chat_rows.whole(one)
        if row is not None:
            yield from shapes.chat_pieces(row)
            yield b"\n"


@area.get("/all/archived")
@verified
def export_archived():
    return shapes.chats(chat_lists.ids_of(g.user.id, f"archived = {chat_lists.yes()}"))


@area.get("/all/db")
@admin
def export_everyones():
    if not environment.current().admin_export:
        raise unauthorised("Exports by administrators are switched off on this server.")
    return shapes.chats(chat_rows.ids_where("1 = 1 ORDER BY updated_at DESC, id"))


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
