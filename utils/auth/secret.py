"""The key that signs session tokens and derives the keys of stored secrets."""

import base64
import contextlib
import logging
import os
import pathlib
import secrets

from config import Settings
from utils.settings import environment

log = logging.getLogger("lightwell.auth")

_FILE = ".webui_secret_key"
_PAAS = ("DYNO", "RENDER", "FLY_APP_NAME", "RAILWAY_ENVIRONMENT", "K_SERVICE")
_current: list[str] = []


def load(settings: Settings) -> str:
    """The secret: `WEBUI_SECRET_KEY`, or one generated once and kept in the data folder."""
    secret = settings.secret_key or _kept(settings.data_dir / _FILE)
    if not settings.secret_key and any(name in settings.environ for name in _PAAS):
        log.warning(
            "WEBUI_SECRET_KEY is not set: a generated key lies in %s, which this platform may empty at a restart; "
            "everybody would be signed out then. Set WEBUI_SECRET_KEY.",
            settings.data_dir,
        )
    _current[:] = [secret]
    return secret


def _kept(path: pathlib.Path) -> str:
    """The key in `path`, made if it is not there; of several processes that start at once one wins."""
    with contextlib.suppress(FileExistsError):
        handle = os.open(path.with_suffix(f".{os.getpid()}"), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(24)).decode())
        try:
            os.link(path.with_suffix(f".{os.getpid()}"), path)
        finally:
            path.with_suffix(f".{os.getpid()}").unlink()
    return path.read_text().strip()


def current() -> str:
    """The process's secret."""
    if not _current:
        load(environment.current())
    return _current[0]
