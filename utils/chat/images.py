"""Pictures of a conversation: as data URIs for the provider, which can neither sign in here nor be trusted to
fetch, and as files for the chat (chat.md sections 4.1, 5 and 6.2).

Own files are sent for whoever may read them; other addresses are fetched over HTTP, public ones only. What cannot
be had stays as it is.
"""

import base64
import logging
import mimetypes
import re
from typing import Any

from models.chats import ChatFile
from models.database import connection
from models.files import File
from models.large import aside
from utils.access import files
from utils.auth.identity import Account
from utils.chat.turn import Target, Turn
from utils.http.errors import ApiError
from utils.providers import safe_fetch
from utils.storage import blobs, pictures
from utils.storage.pictures import LARGEST

log = logging.getLogger("lightwell.chat")

_MOST_FETCHED = 20
_SECONDS = 15.0

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
    return f"data:{kind};base64,{aside(base64.b64encode, data).decode()}"


def _own_file(file_id: str, user: Account) -> tuple[str, bytes] | None:
    row = File.head(file_id)
    if row is None or not files.may(row, user):
        return None
    kind = row.content_type or mimetypes.guess_type(row.name)[0] or ""
    if not kind.startswith("image/") or kind.startswith(_UNSAFE):
        return None
    try:
        data = blobs.read(row.path, LARGEST)
    except (ApiError, OSError) as error:
        log.warning("a picture of a conversation cannot be read: %s", error)
        return None
    return (kind, data) if data is not None else None


def _fetched(url: str) -> tuple[str, bytes] | None:
    try:
        answer = safe_fetch.fetch(url, limit=LARGEST, seconds=_SECONDS)
    except safe_fetch.FetchRefused as error:
        log.info("a picture of a conversation was not fetched: %s", error)
        return None
    if not answer.content_type.startswith("image/") or answer.content_type.startswith(_UNSAFE):
        return None
    return answer.content_type, answer.data


def named(entries: Any) -> list[str]:
    """The addresses of the pictures that a model's answer holds (`images` of a delta or a message)."""
    parts = [one for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    images = [one.get("image_url") for one in parts if one.get("type") == "image_url"]
    urls = [one.get("url") if isinstance(one, dict) else one for one in images]
    return [url for url in urls if isinstance(url, str) and url]


def kept(turn: Turn, target: Target, address: str) -> str:
    """The address of a picture of the reply, stored as a file of the asking user; the address itself where that
    is no data, or cannot be stored."""
    if not pictures.is_data(address):
        return address
    about = {"chat_id": turn.chat_id, "message_id": target.message_id, "session_id": turn.session_id}
    with connection():
        try:
            row = pictures.keep(address, turn.user, about)
        except ApiError as error:
            log.warning("a picture of message %s stays in the text: %s", target.message_id, error.detail)
            return address
        if turn.is_stored:
            ChatFile.attach(turn.chat_id or "", row.id, turn.user.id, target.message_id)
    return pictures.address_of(row.id)
