"""A new file of a user: its bytes are stored, then its row (retrieval.md section 1)."""

from dataclasses import dataclass
from typing import Any

from models.base import new_id
from models.files import File
from utils.auth.person import Person
from utils.settings.keys_retrieval import RAG_FILE_MAX_SIZE
from utils.storage import blobs
from utils.storage.arriving import Arriving


@dataclass(frozen=True)
class Incoming:
    """What is to be stored: `data` is what the client says of the file (`meta.data` of its row)."""

    source: Arriving
    name: str
    content_type: str | None
    data: dict[str, Any]


def largest() -> int | None:
    """Bytes that a file may have, as the administrator set it."""
    most = RAG_FILE_MAX_SIZE.get()
    return int(most) * 2**20 if most else None


def add(owner: Person, incoming: Incoming, *, data: dict[str, Any]) -> File:
    """Stores a file; `data` is what its row begins with. Raises what `blobs.keep` raises; no row without bytes
    then, nor the other way round."""
    file_id, name = new_id(), blobs.base_name(incoming.name)
    tags = {
        "OpenWebUI-User-Email": owner.email,
        "OpenWebUI-User-Id": owner.id,
        "OpenWebUI-User-Name": owner.name,
        "OpenWebUI-File-Id": file_id,
    }
    kept = blobs.keep(incoming.source, file_id, name, largest(), tags)
    meta = {
        "name": name,
        "content_type": incoming.content_type,
        "size": kept.size,
        "file_hash": incoming.data.get("file_hash") or kept.sha256,
        "data": incoming.data,
    }
    try:
        return File.create(id=file_id, user_id=owner.id, filename=name, path=kept.path, data=data, meta=meta)
    except BaseException:
        blobs.remove(kept.path)
        raise


def remove(row: File) -> None:
    """Deletes a file: the row with all that points at it, then the bytes. Raises 503 where these cannot be
    reached; the row is gone then."""
    File.drop(row.id)
    blobs.remove(row.path)
