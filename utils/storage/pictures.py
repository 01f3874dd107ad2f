"""Pictures that come as data URIs (of models, tools, code), stored as files of a user (chat.md 5, 6.2, 6.6)."""

import base64
import binascii
import re
from typing import Any

from models.files import File
from models.large import aside
from utils.auth.person import Person
from utils.http.errors import ApiError
from utils.storage import uploads
from utils.storage.arriving import Arriving

LARGEST = 32 * 2**20
"""Bytes of a picture."""

_DATA = re.compile(r"data:(image/[\w.+-]+);base64,", re.IGNORECASE)
_EXTENSIONS = {"image/jpeg": ".jpg", "image/svg+xml": ".svg", "image/x-icon": ".ico", "image/tiff": ".tif"}


def is_data(address: Any) -> bool:
    """Whether this is a picture as a data URI."""
    return isinstance(address, str) and _DATA.match(address) is not None


def keep(address: str, owner: Person, about: dict[str, Any]) -> File:
    """Stores the picture of a data URI; `about` says where it comes from (`meta.data` of the row).

    Raises 400 for what is no picture, 413 for one that is too large, and what `uploads.add` raises.
    """
    match = _DATA.match(address)
    if match is None:
        raise ApiError(400, "This is no picture.")
    if len(address) - match.end() > LARGEST * 4 // 3 + 4:
        raise ApiError(413, "The picture is too large.")
    try:
        raw = aside(base64.b64decode, address[match.end() :])
    except (binascii.Error, ValueError):
        raise ApiError(400, "The picture's data cannot be read.") from None
    kind = match[1].lower()
    arrived = Arriving()
    arrived.write(raw)
    name = "generated-image" + (_EXTENSIONS.get(kind) or "." + kind.removeprefix("image/").split("+")[0])
    return uploads.add(owner, uploads.Incoming(arrived, name, kind, about), data={})


def address_of(file_id: str) -> str:
    """Where the frontend gets a file's bytes."""
    return f"/api/v1/files/{file_id}/content"
