"""The bytes of a file, sent so that nothing in it runs as script of ours (http.md sections 12 and 15).

Whoever uploads says of what type a file is. So it goes out as a download, or as plain text or PDF, never sniffed;
what has to be shown as a page is sandboxed, without our origin.
"""

import re
from urllib.parse import quote

from flask import Response, g

from blueprints.files import forms
from blueprints.files.area import area
from models.files import File
from models.users import User
from utils.access import files as access
from utils.access.roles import verified
from utils.http import files
from utils.http.errors import ApiError, not_found
from utils.http.parse import takes
from utils.storage import blobs

_PDF, _TEXT = "application/pdf", "text/plain"
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
_SANDBOX = "sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads"


@area.get("/<id>/content")
@verified
@takes(query=forms.ContentQuery)
def get_content(id, query):
    row = access.get(id, g.user)
    given = row.content_type
    if query["attachment"]:
        return _sent(row, given, "attachment")
    if given == _PDF or row.name.lower().endswith(".pdf"):
        return _sent(row, _PDF, "inline")
    return _sent(row, given, "" if given == _TEXT else "attachment")


@area.get("/<id>/content/html")
@verified
def get_page(id):
    row = access.get(id, g.user)
    owner = User.get_or_none(User.id == row.user_id)
    if owner is None or owner.role != "admin":
        # pages of others are nothing to be shown, only to be saved
        raise not_found("There is no such page.")
    response = _sent(row, "", "")
    response.headers["Content-Security-Policy"] = _SANDBOX
    return response


@area.get("/<id>/content/<file_name>")
@verified
def download(id, file_name):
    row = access.get(id, g.user)
    try:
        return _sent(row, "", "attachment")
    except _Gone:
        # its text is still there
        response = Response(File.text_of(id), content_type="text/plain; charset=utf-8")
        return _safe(response, row, "attachment")


class _Gone(ApiError):
    """404: the row is there, the bytes are not."""

    def __init__(self) -> None:
        super().__init__(404, "The original file is not there any more.")


def _sent(row: File, media: str, place: str) -> Response:
    """The file as an answer; an empty `media` goes by the stored name. Raises `_Gone`."""
    taken = blobs.take(row.path)
    if taken is None:
        raise _Gone
    found = files.within(str(taken.path.parent.resolve()), taken.path.name)
    if found is None:
        raise _Gone
    response = files.send(found, conditional=False, media=_media(media, row))
    response.call_on_close(taken.release)
    return _safe(response, row, place)


def _safe(response: Response, row: File, place: str) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    if place:
        response.headers["Content-Disposition"] = f"{place}; filename*=UTF-8''{quote(row.name)}"
    return response


def _media(given: str, row: File) -> str:
    if not given:
        return files.type_of(blobs.base_name(row.path or ""))
    plain = given.split(";")[0].strip()
    if not _TYPE.fullmatch(plain):
        return "application/octet-stream"
    return f"{plain}; charset=utf-8" if plain.startswith("text/") else plain
