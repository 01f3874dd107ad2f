"""Processing of an uploaded file: its text is taken and stored with it (retrieval.md section 1).

A durable job, so that a file whose server died meanwhile is processed by the next one. What is wrong with the
file itself ends it as `failed`, with a word for the user; what is wrong with a dependency is tried again.
Cutting the text into pieces and embedding them joins in `_completed`.
"""

import hashlib
import logging
from typing import Any

from models.database import release
from models.files import File
from models.large import aside
from utils.http.errors import ApiError
from utils.jobs import queue
from utils.retrieval import extract
from utils.storage import blobs

log = logging.getLogger("lightwell.retrieval")

PENDING, PROCESSING, COMPLETED, FAILED = "pending", "processing", "completed", "failed"

_LOST = "The file could not be processed: the server's log says why. Upload it again to have another try."


def _give_up(file_id: str) -> None:
    _failed(file_id, _LOST)


@queue.job("file_processing", retries=5, retry_delay=5, limit=2, depth=2000, given_up=_give_up)
def process(file_id: str) -> None:
    """Takes the text of a file. Raises what a dependency's failure raises; does nothing for a file that is
    gone or done."""
    row = File.head(file_id)
    if row is None or (File.progress(file_id) or ("",))[0] in (COMPLETED, FAILED):
        return
    File.change_data(file_id, {"status": PROCESSING})
    release()
    try:
        text = _text(row)
    except extract.NoText as error:
        log.info("file %s: %s", file_id, error)
        _failed(file_id, str(error))
        return
    if text is None:
        File.change_data(file_id, {"status": COMPLETED, "error": None})
    else:
        _completed(file_id, text)


def _text(row: File) -> str | None:
    """The text of the file; None where it is stored without one. Raises `NoText`."""
    kind = row.content_type
    with blobs.held(row.path) as path:
        if path is None:
            raise extract.NoText("The file is not there any more.")
        try:
            if kind.startswith(("image/", "video/", "audio/")) and not aside(extract.is_text, path):
                if kind.startswith("video/"):
                    return None
                raise extract.NoText(f"No text is taken from files of type {kind}.")
            return aside(extract.text, path, row.filename or "")
        except OSError as error:
            raise ApiError(503, f"The file cannot be read: {error.strerror}") from error


def _completed(file_id: str, text: str) -> None:
    # lone surrogates, which an encoding may leave, have no bytes
    seal = aside(lambda: hashlib.sha256(text.encode("utf-8", "replace")).hexdigest())
    File.change_data(file_id, {"content": text, "status": COMPLETED, "error": None}, hash=seal)


def _failed(file_id: str, why: str) -> None:
    File.change_data(file_id, {"status": FAILED, "error": why}, hash=None)


def replace_text(file_id: str, text: str) -> str:
    """Gives the file this text in place of its own; returns it."""
    seal = aside(lambda: hashlib.sha256(text.encode("utf-8", "replace")).hexdigest())
    File.change_data(file_id, {"content": text}, hash=seal)
    return text


def state(file_id: str) -> dict[str, Any] | None:
    """`{status}` of a file, of a failed one with `error`; an empty object for a file that was never to be
    processed, None for one that is gone."""
    found = File.progress(file_id)
    if found is None:
        return None
    status, error = found
    if not status:
        return {}
    return {"status": status, "error": error} if status == FAILED else {"status": status}
