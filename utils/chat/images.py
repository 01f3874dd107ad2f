"""Pictures of a conversation as data URIs, since a provider can neither sign in here nor be trusted to fetch
(chat.md section 4.1).

Own files come from the uploads folder, for their owner and for administrators; other addresses over HTTP,
public ones only. What cannot be had stays as it is.
"""

import base64
import logging
import pathlib
import re
from typing import Any

from models.files import File
from utils.access.resources import Resource
from utils.auth.identity import Account
from utils.providers import safe_fetch
from utils.settings import environment

log = logging.getLogger("lightwell.chat")

LARGEST = 32 * 2**20
"""Bytes of a picture."""
_MOST_FETCHED = 20
_SECONDS = 15.0

_FILES = Resource(File, kind="file")
_OWN = re.compile(r"(?:/api/v1/files/)?([0-9a-zA-Z-]{1,64})(?:/content(?:/[^/]*)?)?")
_UNSAFE = "image/svg"


def inlined(messages: list[dict[str, Any]], user: Account) -> list[dict[str, Any]]:
    """`messages` with every picture that `user` may see as data; messages without any are the same objects.
    May wait on the network, and gives the database connection back then."""
    known: dict[str, str] = {}
    out = []
    for message in messages:
        content = message.get("content")
        if isinstance(content, list) and any(_address(part) for part in content):
            message = {**message, "content": [_inlined(part, user, known) for part in content]}
        out.append(message)
    return out


def _address(part: Any) -> str | None:
    """The address that a picture part names, unless it is data already."""
    if not isinstance(part, dict) or part.get("type") not in ("image_url", "input_image"):
        return None
    image = part.get("image_url")
    url = image.get("url") if isinstance(image, dict) else image
    return url if isinstance(url, str) and url and not url.startswith("data:") else None


def _inlined(part: Any, user: Account, known: dict[str, str]) -> Any:
    url = _address(part)
    if url is None:
        return part
    if url not in known:
        known[url] = _data(url, user) if len(known) < _MOST_FETCHED else url
    image = part["image_url"]
    return {**part, "image_url": {**image, "url": known[url]} if isinstance(image, dict) else known[url]}


def _data(url: str, user: Account) -> str:
    own = _OWN.fullmatch(url)
    picture = _own_file(own[1], user) if own is not None else _fetched(url)
    if picture is None:
        return url
    kind, data = picture
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _own_file(file_id: str, user: Account) -> tuple[str, bytes] | None:
    row = File.select(File.id, File.user_id, File.path, File.meta).where(File.id == file_id).first()
    if row is None or "read" not in _FILES.permissions(row, user) or not row.path:
        return None
    kind = str((row.meta or {}).get("content_type") or "")
    if not kind.startswith("image/") or kind.startswith(_UNSAFE):
        return None
    # the row may come from a server whose folder lies elsewhere; within the folder names are flat
    path = environment.current().data_dir / "uploads" / pathlib.PurePath(row.path).name
    try:
        return (kind, path.read_bytes()) if path.stat().st_size <= LARGEST else None
    except OSError as error:
        log.warning("a picture of a conversation cannot be read: %s", error.strerror)
        return None


def _fetched(url: str) -> tuple[str, bytes] | None:
    try:
        answer = safe_fetch.fetch(url, limit=LARGEST, seconds=_SECONDS)
    except safe_fetch.FetchRefused as error:
        log.info("a picture of a conversation was not fetched: %s", error)
        return None
    if not answer.content_type.startswith("image/") or answer.content_type.startswith(_UNSAFE):
        return None
    return answer.content_type, answer.data
