"""Lists of files, how many there are, new ones, and the end of all. An administrator's lists hold everybody's."""

from collections.abc import Iterator
from typing import Any, cast

from flask import Response, g, jsonify, request

from blueprints.files import forms, shapes
from blueprints.files.area import area
from models import json_codec
from models.database import connection
from models.files import File
from utils.access import files as access
from utils.access.roles import admin, verified
from utils.http.errors import ApiError, bad_request, not_found
from utils.http.parse import takes
from utils.http.upload import sent_file
from utils.jobs.queue import QueueFull
from utils.retrieval import process
from utils.settings.keys_retrieval import RAG_ALLOWED_FILE_EXTENSIONS
from utils.storage import blobs, uploads
from utils.storage.arriving import Arriving

_PAGE = 50
_SHORT = 2**16
"""Signs of a text that is read together with others."""


@area.get("/")
@verified
@takes(query=forms.ListQuery)
def list_files(query):
    rows, total = File.page_of(access.scope(g.user), query["page"], _PAGE)
    if query["content"]:
        return _with_texts(rows, b'{"items":[', b'],"total":%d}' % total)
    return {"items": [shapes.listed(row) for row in rows], "total": total}


@area.get("/count")
@verified
def count_files():
    return jsonify(File.count_of(access.scope(g.user)))


@area.get("/user/count")
@verified
def count_own_files():
    return jsonify(File.count_of(g.user.id))


@area.get("/search")
@verified
@takes(query=forms.SearchQuery)
def search_files(query):
    rows = _found(access.scope(g.user), query)
    if not rows:
        raise not_found("No file has a name of this kind.")
    return _shown(rows, query)


@area.get("/user/search")
@verified
@takes(query=forms.OwnSearchQuery)
def search_own_files(query):
    return _shown(_found(g.user.id, query), query)


def _found(user_id: str | None, query: dict[str, Any]) -> list[dict[str, Any]]:
    return File.search(user_id, query["filename"], query["skip"], query["limit"])


def _shown(rows: list[dict[str, Any]], query: dict[str, Any]) -> Any:
    return _with_texts(rows, b"[", b"]") if query["content"] else [shapes.listed(row) for row in rows]


def _with_texts(rows: list[dict[str, Any]], head: bytes, tail: bytes) -> Response:
    """A list of files with their texts. Short texts are read together; long ones, which may be many megabytes
    each, one by one as the list goes out."""
    texts = File.texts_of([row["id"] for row in rows], _SHORT)

    def pieces() -> Iterator[bytes]:
        yield head
        for place, row in enumerate(rows):
            data = row["data"] or {}
            if row["id"] in texts:
                text, length = texts[row["id"]]
                data = {**data, "content": text if length <= _SHORT else _long_text(row["id"])}
            yield (b"," if place else b"") + json_codec.dumps_bytes(shapes.listed({**row, "data": data}))
        yield tail

    are_short = all(length <= _SHORT for _, length in texts.values())
    return Response(b"".join(pieces()) if are_short else pieces(), content_type="application/json")


def _long_text(file_id: str) -> str:
    with connection():
        return File.text_of(file_id)


@area.post("/")
@verified
@takes(query=forms.UploadQuery)
def upload_file(query):
    sent = sent_file("file", Arriving)
    about = _about(request.form.get("metadata"))
    name = blobs.base_name(sent.filename or "")
    if query["process"]:
        _check_extension(name)
    incoming = uploads.Incoming(cast(Arriving, sent.stream), name, sent.content_type or None, about)
    row = uploads.add(g.user, incoming, data={"status": process.PENDING} if query["process"] else {})
    shown = shapes.uploaded(row, processed=query["process"])
    if query["process"] and query["process_in_background"]:
        try:
            process.process.enqueue(row.id)
        except QueueFull:
            uploads.remove(row)
            raise ApiError(
                503, "Too many files wait to be processed. Try again later.", {"Retry-After": "60"}
            ) from None
    elif query["process"]:
        process.process(row.id)
    return shown


def _about(text: str | None) -> dict[str, Any]:
    """What the client says of its file. Raises 400 for anything but a JSON object."""
    if not text:
        return {}
    try:
        about = json_codec.loads(text)
    except ValueError:
        raise bad_request("The metadata is not valid JSON.") from None
    if about is not None and not isinstance(about, dict):
        raise bad_request("The metadata must be an object.")
    return json_codec.clean(about) or {}


def _check_extension(name: str) -> None:
    allowed = [one for one in RAG_ALLOWED_FILE_EXTENSIONS.get() or () if one]
    if allowed and blobs.extension(name)[1:] not in allowed:
        raise bad_request("Files of this kind are not allowed here.")


@area.delete("/all")
@admin
def delete_all_files():
    File.drop_all()
    blobs.clear()
    return {"message": "All files are deleted."}
