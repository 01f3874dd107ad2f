"""What the chats area gives out. A chat's document goes out as the text it lies in."""

import itertools
from collections.abc import Iterator
from typing import Any

import orjson
from flask import Response

from models import chat_rows
from models.chats import Chat
from models.database import connection
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
_SENT_AT_ONCE = 4 * LARGE

Part = bytes | bytearray | memoryview


def chat_pieces(row: dict[str, Any], share_mode: Any = _ABSENT) -> Iterator[bytes]:
    """A whole chat as JSON, in pieces. `row` holds the columns; JSON ones as text or as values, `chat` in pieces
    too. `share_mode`, where given, is put into the document."""
    return _cut(_parts(row, share_mode))


def _parts(row: dict[str, Any], share_mode: Any) -> list[Part]:
    document = row["chat"] if isinstance(row["chat"], list) else [_text(row["chat"], b"{}")]
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


def _cut(parts: list[Part]) -> Iterator[bytes]:
    """Large parts are cut, one piece after the other as they are sent, and others are let in between."""
    for part in parts:
        if len(part) < LARGE:
            yield bytes(part)
            continue
        view = memoryview(part)
        for start in range(0, len(view), LARGE):
            yield bytes(view[start : start + LARGE])
            breathe(LARGE)


def _with_mode(document: list[Any], share_mode: Any) -> list[Part]:
    if share_mode is _ABSENT:
        return document
    added = b'"share_mode":' + dumps_bytes(share_mode) + b"}"
    *before, last = document
    while before and b"}" not in last:
        last = before.pop() + last
    if not before and len(last) < 8 and last.strip() == b"{}":
        return [b"{", added]
    # decoders keep the last of two equal keys
    return [*before, memoryview(last)[: last.rindex(b"}")], b",", added]


def _text(value: Any, empty: bytes) -> bytes:
    if isinstance(value, str):
        value = value.encode()
    elif value is not None and not isinstance(value, (bytes, bytearray)):
        value = dumps_bytes(value)
    return empty if value in (None, b"null", b"") else value


def chat(row: dict[str, Any], share_mode: Any = _ABSENT) -> Response:
    """A whole chat as an answer. A large one is mostly pictures, which no compression makes smaller: it is sent as
    it is, while it is cut."""
    parts = _parts(row, share_mode)
    size = sum(map(len, parts))
    if size < _SENT_AT_ONCE:
        return Response(b"".join(parts), mimetype="application/json")
    return Response(_cut(parts), mimetype="application/json", headers={"Content-Length": str(size)})


def made(row: Chat) -> dict[str, Any]:
    """The columns of a chat that was just made, for `chat`."""
    return {**dict.fromkeys(Chat._meta.fields), **row.values(), "chat": row.document_text}


def chats(ids: list[str]) -> Response:
    """Whole chats as a list, each read when its turn comes; one that was deleted meanwhile is left out."""
    pieces = _listing(_present(ids))
    first, size = [], 0
    for piece in pieces:
        first.append(piece)
        size += len(piece)
        if size >= _SENT_AT_ONCE:
            return Response(itertools.chain(first, pieces), mimetype="application/json")
    return Response(b"".join(first), mimetype="application/json")


def chats_made(rows: list[Chat]) -> Response:
    """Chats that were just made, as a list."""
    return Response(b"".join(_listing(made(row) for row in rows)), mimetype="application/json")


def _present(ids: list[str]) -> Iterator[dict[str, Any]]:
    for one in ids:
        with connection():
            row = chat_rows.whole(one)
        if row is not None:
            yield row


def _listing(rows: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    begin = b"["
    for row in rows:
        yield begin
        yield from chat_pieces(row)
        begin = b","
    yield b"]" if begin == b"," else b"[]"


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
