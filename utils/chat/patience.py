"""Storing what was received although the database is away at that moment: waiting until it is back."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from peewee import InterfaceError, OperationalError

from models import database, faults
from utils.jobs import drain

log = logging.getLogger("lightwell.chat")

AWAY = (OperationalError, InterfaceError)
"""What is raised when patience is at its end."""

_SECONDS, _SECONDS_WHILE_STOPPING = 600.0, 2.0
_PAUSE = 0.5

Answer = TypeVar("Answer")


def with_database(write: Callable[[], Answer]) -> Answer:
    """Calls `write` until the database lets it: for ten minutes, or not long while the process stops.

    `write` is one transaction, so that a failed one left nothing behind. Raises `AWAY`.
    """
    begun, told = time.monotonic(), False
    while True:
        try:
            return write()
        except AWAY as error:
            patience = _SECONDS_WHILE_STOPPING if drain.draining() else _SECONDS
            if time.monotonic() - begun > patience:
                raise
            if not told:
                log.error("a reply waits to be stored: %s", faults.explain(error))
                told = True
        database.release()
        time.sleep(_PAUSE)
