"""One file: its row, its text, how far it is processed, its name, its end."""

import time
from collections.abc import Iterator

from flask import g

from blueprints.files import forms, shapes
from blueprints.files.area import area
from models import json_codec
from models.database import release
from models.files import File
from utils.access import files as access
from utils.access.roles import verified
from utils.http.errors import ApiError, bad_request
from utils.http.parse import takes
from utils.http.stream import lines
from utils.jobs import drain
from utils.retrieval import process
from utils.storage import uploads

_LOOK_EVERY = 1.0
_LONGEST = 2 * 3600


@area.get("/<id>")
@verified
def get_file(id):
    row = access.get(id, g.user)
    row.data = File.get_by_id(id).data
    return shapes.whole(row)


@area.get("/<id>/process/status")
@verified
@takes(query=forms.StatusQuery)
def get_status(id, query):
    access.get(id, g.user)
    if query["stream"]:
        return lines(_states(id), "text/event-stream; charset=utf-8")
    return {"status": (process.state(id) or {}).get("status", process.PENDING)}


def _states(file_id: str) -> Iterator[bytes]:
    """The state as an event, about once a second, until nothing more can come."""
    end = time.monotonic() + _LONGEST
    while time.monotonic() < end and not drain.draining():
        state = process.state(file_id)
        release()
        if state == {}:
            return
        yield b"data: " + json_codec.dumps_bytes(state or {"status": "not_found"}) + b"\n\n"
        if state is None or state["status"] in (process.COMPLETED, process.FAILED):
            return
        time.sleep(_LOOK_EVERY)


@area.get("/<id>/data/content")
@verified
def get_text(id):
    access.get(id, g.user)
    return {"content": File.text_of(id)}


@area.post("/<id>/data/content/update")
@verified
@takes(body=forms.ContentForm)
def update_text(id, body):
    access.get(id, g.user, "write")
    if not body["content"].strip():
        raise bad_request("The text is empty.")
    most = uploads.largest()
    if most and len(body["content"].encode("utf-8", "replace")) > most:
        raise ApiError(413, f"The text is larger than {most // 2**20} MB.")
    return {"content": process.replace_text(id, body["content"])}


@area.post("/<id>/rename")
@verified
@takes(body=forms.NameForm)
def rename_file(id, body):
    access.get(id, g.user, "write")
    File.rename(id, body["filename"])
    return shapes.whole(File.get_by_id(id))


@area.delete("/<id>")
@verified
def delete_file(id):
    uploads.remove(access.get(id, g.user, "write"))
    return {"message": "The file is deleted."}
