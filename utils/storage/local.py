"""The folder of uploaded files, `DATA_DIR/uploads`, laid out as the other server's: `<uuid>_<name>`, flat.

Both servers read and write it; rows hold whole paths, of which only the last part counts here, since the row
may come from a server whose folder lies elsewhere.
"""

import contextlib
import logging
import pathlib
import re
import shutil

from models import faults
from utils.http.errors import ApiError
from utils.settings import environment

log = logging.getLogger("lightwell.storage")

_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,16}\Z")


def folder() -> pathlib.Path:
    """Where the files lie."""
    return environment.current().data_dir.absolute() / "uploads"


def base_name(name: str) -> str:
    """The last part of a name, whatever the system that it comes from: no folder, no control characters."""
    last = re.split(r"[\\/]", name)[-1]
    return "".join(sign for sign in last if sign.isprintable())


def extension(name: str) -> str:
    """`.txt` of a name, lower-case; empty where there is none."""
    found = _EXTENSION.search(name)
    return found[0].lower() if found else ""


def failure(error: OSError) -> ApiError:
    """What a caller is told when a file cannot be stored: 507 for a full disk, else 503."""
    log.error("a file cannot be stored: %s", error)
    if error.errno in faults.FULL:
        return ApiError(507, "The server's disk is full: the file was not stored.")
    return ApiError(503, "The server cannot store files at the moment; its log says why.")


def find(path: str | None) -> pathlib.Path | None:
    """The file of a row on this disk; None where there is none."""
    name = base_name(path or "")
    if not name or name in (".", ".."):
        return None
    found = folder() / name
    return found if found.is_file() and not found.is_symlink() else None


def remove(path: str | None) -> None:
    """Deletes the file of a row; one that is gone already is fine."""
    if (found := find(path)) is not None:
        with contextlib.suppress(FileNotFoundError):
            found.unlink()


def clear() -> None:
    """Deletes all files."""
    for one in folder().iterdir() if folder().is_dir() else ():
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one, ignore_errors=True)
        else:
            one.unlink(missing_ok=True)
