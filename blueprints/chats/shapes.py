"""What the chats area gives out. A chat's document goes out as the text it lies in."""

from typing import Any

import orjson
from flask import Response

from models.chats import Chat
from models.json_codec import dumps_bytes
from models.large import LARGE, breathe


def listed(rows: list[dict[str, Any]], running: set[str], **constant: Any) -> list[dict[str, Any]]:
    """Entries of a list; `running` are the chats in which a reply is being written."""
    return [
        {
            "id": row["id"],
            "title": row["title"],
            "updated_at": row["updated_at"],
            "created_at": row["created_at"],
            "last_read_at": row["last_read_at"],
            "snippet": row.get("snippet"),
            "active": row["id"] in running,
            "archived": bool(row.get("archived")),
            **constant,
        }
        for row in rows
    ]


_ABSENT = object()
_FEW = 8


def chat_bytes(row: dict[str, Any], share_mode: Any = _ABSENT) -> bytes:
    """A whole chat as JSON. `row` holds the columns; JSON ones as text or as values, `chat` in pieces too.
    `share_mode`, where given, is put into the document."""
    return b"".join(_pieces(row, share_mode))


def _pieces(row: dict[str, Any], share_mode: Any) -> list[bytes]:
    document = row["chat"] if isinstance(row["chat"], list) else _cut(_text(row["chat"], b"{}"))
    head = dumps_bytes({"id": row["id"], "user_id": row["user_id"], "title": row["title"]})
    tail = dumps_bytes(
        {
            "updated_at": row["updated_at"],
            "created_at": row["created_at"],
            "share_id": row["share_id"],
            "archived": bool(row["archived"]),
            "pinned": None if row["pinned"] is None else bool(row["pinned"]),
            "meta": orjson.Fragment(_text(row["meta"], b"{}")),
            "variables": orjson.Fragment(_text(row["variables"], b"{}")),
            "folder_id": row["folder_id"],
            "tasks": orjson.Fragment(_text(row["tasks"], b"null")),
            "summary": row["summary"],
            "current_message_id": row["current_message_id"],
            "context_usage": row.get("context_usage"),
        }
    )
    return [head[:-1], b',"chat":', *_with_mode(document, share_mode), b",", tail[1:]]


def _cut(text: bytes) -> list[bytes]:
    """A text in pieces that the server sends one by one."""
    if len(text) < LARGE:
        return [text]
    pieces, view = [], memoryview(text)
    for start in range(0, len(view), LARGE):
        pieces.append(bytes(view[start : start + LARGE]))
        breathe(LARGE)
    return pieces


def _with_mode(document: list[bytes], share_mode: Any) -> list[bytes]:
    if share_mode is _ABSENT:
        return document
    added = b'"share_mode":' + dumps_bytes(share_mode) + b"}"
    *before, last = document
    while before and b"}" not in last:
        last = before.pop() + last
    if not before and len(last) < 8 and last.strip() == b"{}":
        return [b"{", added]
    # decoders keep the last of two equal keys
    return [*before, last[: last.rindex(b"}")], b",", added]


def _text(value: Any, empty: bytes) -> bytes:
    if isinstance(value, str):
        value = value.encode()
    elif value is not None and not isinstance(value, (bytes, bytearray)):
        value = dumps_bytes(value)
    return empty if value in (None, b"null", b"") else value


def chat(row: dict[str, Any], share_mode: Any = _ABSENT) -> Response:
    """A whole chat as an answer."""
    pieces = _pieces(row, share_mode)
    # a small one in one piece, since each is sent for itself
    body = pieces if len(pieces) > _FEW else b"".join(pieces)
    return Response(body, mimetype="application/json")


def made(row: Chat) -> dict[str, Any]:
    """The columns of a chat that was just made, for `chat`."""
    return {**dict.fromkeys(Chat._meta.fields), **row.values(), "chat": row.document_text}


def chats(rows: list[dict[str, Any]]) -> Response:
    """Whole chats as a list."""
    return Response(b"[" + b",".join(chat_bytes(row) for row in rows) + b"]", mimetype="application/json")


def tag(row: Any) -> dict[str, Any]:
    """A tag."""
    return {"id": row["id"], "name": row["name"], "user_id": row["user_id"], "meta": row["meta"]}


def shared(row: dict[str, Any]) -> dict[str, Any]:
    """An entry of the list of share links."""
    return {name: row[name] for name in ("id", "chat_id", "title", "share_id", "updated_at", "created_at")}


def grant(row: dict[str, Any]) -> dict[str, Any]:
    """A grant of a share link."""
    return {name: row[name] for name in ("id", "principal_type", "principal_id", "permission")}


def snapshot(row: Any) -> dict[str, Any]:
    """A share link's copy in the shape of a chat: its id is the link's, and nothing of the owner's other
    things is told."""
    return {
        "id": row.id,
        "user_id": row.user_id,
        "title": row.title,
        "chat": row.text,
        "updated_at": row.updated_at,
        "created_at": row.created_at,
        "share_id": row.id,
        "archived": False,
        "pinned": False,
        "meta": {},
        "variables": {},
        "folder_id": None,
        "tasks": None,
        "summary": None,
        "current_message_id": None,
    }
