"""A start that fails says why in one message, without a traceback, and ends with a status of its own."""

import contextlib
import logging
import pathlib
import sys
import time
from collections.abc import Callable, Iterator

from peewee import DatabaseError, InterfaceError, OperationalError

from config import ConfigError
from models import faults
from models.schema import SchemaRefused
from utils.cluster.redis import RedisUnfit
from utils.http import logs

log = logging.getLogger("lightwell.start")

STATUS = 4
"""The exit status by which gunicorn's master knows that trying again will not help."""

PATIENCE = 10.0
"""Seconds for which a database server that is just starting is waited for."""


@contextlib.contextmanager
def explained(what: str = "Lightwell cannot start.") -> Iterator[None]:
    """Ends the process with a message for faults of configuration, folders, database and Redis, which begins with
    `what`."""
    try:
        yield
    except (ConfigError, SchemaRefused, RedisUnfit) as error:
        _end(what, str(error), error)
    except (DatabaseError, InterfaceError) as error:
        _end(what, faults.explain(error), error)


def _end(what: str, message: str, error: Exception) -> None:
    sys.stderr.write(f"{what} {logs.masked(message)}\n")
    detail = str(error).strip()
    if detail and detail != message:
        sys.stderr.write(f"  ({logs.masked(detail.splitlines()[0])})\n")
    sys.stderr.flush()
    raise SystemExit(STATUS) from None


def writable_folder(variable: str, path: pathlib.Path) -> None:
    """Makes the folder and proves that files can be written there. Raises `ConfigError`."""
    if (fault := faults.folder_fault(variable, path)) is not None:
        raise ConfigError(fault)


def patiently(connect: Callable[[], None]) -> None:
    """Calls `connect`, again for `PATIENCE` seconds while the database server is not there yet."""
    end = time.monotonic() + PATIENCE
    told = False
    while True:
        try:
            return connect()
        except OperationalError as error:
            if not faults.is_passing(error) or time.monotonic() > end:
                raise
            if not told:
                log.warning("waiting for the database: %s", faults.explain(error))
                told = True
        time.sleep(0.3)
