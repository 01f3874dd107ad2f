"""A whole copy of the SQLite database, taken while it is in use."""

import contextlib
import sqlite3

from models.base import database


def copy_to(path: str) -> None:
    """Writes a copy as of one moment to the file at `path`. Opens connections of its own, so that it
    can run in a thread."""
    with (
        contextlib.closing(sqlite3.connect(database.obj.database)) as source,
        contextlib.closing(sqlite3.connect(path)) as target,
    ):
        source.backup(target)
