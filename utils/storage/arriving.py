"""A file on its way in: what a request's body brings is written and sealed in the thread pool, a megabyte at a
time, and lies on the disk once, to be moved to its place.

Until then it lies in `DATA_DIR/incoming`; what a killed process leaves there is swept away by a later start.
"""

import contextlib
import hashlib
import io
import os
import pathlib
import secrets
import shutil
import time
from typing import IO, Any

from models.large import aside
from utils.settings import environment
from utils.storage import local

_PIECE = 2**20
_LEFT_SECONDS = 6 * 3600


def folder() -> pathlib.Path:
    """Where files lie that are not whole yet, and copies that are not kept."""
    return environment.current().data_dir.absolute() / "incoming"


class Arriving(io.RawIOBase):
    """What a form's parser writes a file to (`write`, `seek`); `close` throws it away unless it was moved."""

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__()
        self.size = 0
        self._seal = hashlib.sha256()
        self._held = bytearray()
        self._file: IO[bytes] | None = None
        self._path = folder() / secrets.token_hex(16)

    def write(self, data: Any) -> int:
        """Takes in more. Raises 507 for a full disk."""
        self._held += data
        self.size += len(data)
        if len(self._held) >= _PIECE:
            self._pooled(self._flush)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """The parser rewinds what it has written; it is never read from here."""
        return 0

    def _pooled(self, call: Any, *args: Any) -> None:
        try:
            aside(call, *args)
        except OSError as error:
            raise local.failure(error) from error

    def _flush(self) -> None:
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("xb")
        self._seal.update(self._held)
        self._file.write(self._held)
        self._held.clear()

    def move_to(self, target: pathlib.Path) -> str:
        """Gives the file its place; returns its SHA-256. Raises `OSError`, 507 for a full disk."""
        self._pooled(self._flush)
        try:
            aside(self._move, target)
        except OSError:
            target.unlink(missing_ok=True)
            raise
        return self._seal.hexdigest()

    def _move(self, target: pathlib.Path) -> None:
        if self._file is None:
            raise ValueError("nothing was written")
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        # the uploads may be mounted from elsewhere
        shutil.move(self._path, target)

    def close(self) -> None:
        """Ends it; what was not moved is gone."""
        if not self.closed:
            if self._file is not None:
                # on a full disk the rest cannot be written either
                with contextlib.suppress(OSError):
                    self._file.close()
                self._path.unlink(missing_ok=True)
            super().close()


def sweep() -> None:
    """Deletes what killed processes left behind hours ago."""
    for one in folder().iterdir() if folder().is_dir() else ():
        with contextlib.suppress(OSError):
            if time.time() - one.stat().st_mtime > _LEFT_SECONDS:
                one.unlink()
