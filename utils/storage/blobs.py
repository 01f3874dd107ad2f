"""The bytes of files, wherever they lie: in the uploads folder, or in an S3 bucket with copies there.

Rows name their place by their path, so that files from before a change of STORAGE_PROVIDER stay readable.
"""

import os
import pathlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from models.large import aside
from utils.http.errors import ApiError, bad_request
from utils.settings import environment
from utils.storage import arriving, local, s3
from utils.storage.arriving import Arriving
from utils.storage.local import base_name, extension

__all__ = ["Held", "Kept", "base_name", "clear", "extension", "held", "keep", "read", "remove", "take"]

_REMOTE = "s3://"
_LONGEST_NAME = 255
"""Bytes that a file system takes as a name."""


@dataclass(frozen=True)
class Kept:
    """Bytes that were stored: `path` as a row holds it, `size` in bytes, `sha256` in hex."""

    path: str
    size: int
    sha256: str


def keep(
    arrived: Arriving, file_id: str, name: str, limit: int | None = None, tags: dict[str, str] | None = None
) -> Kept:
    """Gives the bytes of a new file their place. Nothing is left behind when that fails.

    Raises 400 for nothing at all, 413 for more than `limit` bytes, 507 for a full disk, 503 when the bucket does
    not answer.
    """
    if not arrived.size:
        raise bad_request("The file is empty.")
    if limit is not None and arrived.size > limit:
        raise ApiError(413, f"The file is larger than {limit // 2**20} MB.")
    file, seal = _placed(arrived, [f"{file_id}_{base_name(name)}", f"{file_id}{extension(name)}"])
    settings = environment.current()
    if settings.storage_provider != "s3":
        return Kept(str(file), arrived.size, seal)
    try:
        path = s3.send(file, tags or {})
    except BaseException:
        file.unlink(missing_ok=True)
        raise
    if not settings.storage_local_cache:
        file.unlink(missing_ok=True)
    return Kept(path, arrived.size, seal)


def _placed(arrived: Arriving, names: list[str]) -> tuple[pathlib.Path, str]:
    """The file under the first of the names that the disk takes, and its seal."""
    place = local.folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
        target = place / names[0]
        if len(os.fsencode(names[0])) > _LONGEST_NAME:
            target = place / names[1]
        return target, arrived.move_to(target)
    except OSError as error:
        raise local.failure(error) from error


@dataclass(frozen=True)
class Held:
    """A file on this disk, to be `release`d when it has been read."""

    path: pathlib.Path
    release: Callable[[], None]


def take(path: str | None) -> Held | None:
    """The file of a row, on this disk; None where there is none any more. Raises 503."""
    found = local.find(path)
    if found is not None:
        return Held(found, _nothing)
    name = base_name(path or "")
    if not path or not path.startswith(_REMOTE) or not name or environment.current().storage_provider != "s3":
        return None
    cached = environment.current().storage_local_cache
    # a copy that is not kept is this reader's own: another one may end first
    target = local.folder() / name if cached else arriving.folder() / secrets.token_hex(16)
    if not s3.fetch(path, target):
        return None
    return Held(target, _nothing if cached else lambda: target.unlink(missing_ok=True))


def _nothing() -> None:
    pass


@contextmanager
def held(path: str | None) -> Iterator[pathlib.Path | None]:
    """`take`, for the length of a block."""
    taken = take(path)
    try:
        yield taken.path if taken is not None else None
    finally:
        if taken is not None:
            taken.release()


def read(path: str | None, limit: int) -> bytes | None:
    """All of a file that is not larger than `limit` bytes; None where there is none. Raises 503, `OSError`."""
    with held(path) as file:
        if file is None or file.stat().st_size > limit:
            return None
        return aside(file.read_bytes)


def remove(path: str | None) -> None:
    """Deletes the bytes of a file that has no row any more. Raises 503."""
    if path and path.startswith(_REMOTE) and environment.current().storage_provider == "s3":
        s3.remove(path)
    local.remove(path)


def clear() -> None:
    """Deletes the bytes of all files. Raises 503."""
    if environment.current().storage_provider == "s3":
        s3.clear()
    aside(local.clear)
