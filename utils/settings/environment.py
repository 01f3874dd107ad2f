"""This process's `Settings`, for code that runs outside a request too, and what it warns about."""

import logging

from config import Settings, variable_names
from utils.settings.known import KNOWN_VARIABLES

log = logging.getLogger("lightwell.settings")

_current: list[Settings] = []


def use(settings: Settings) -> None:
    """Makes `settings` the process's own."""
    _current[:] = [settings]


def current() -> Settings:
    """The process's settings. Raises `IndexError` before `use`."""
    return _current[0]


def warn_unsupported(seeding: set[str]) -> list[str]:
    """Logs the variables that the real server knows and this one does not read yet; `seeding` are
    those that seed persistent configuration. Returns their names."""
    given = {name for name, value in current().environ.items() if value != ""}
    ignored = sorted((given & KNOWN_VARIABLES) - variable_names() - seeding - _ELSEWHERE)
    ignored = [name for name in ignored if not name.startswith("OTEL_")]
    if current().storage_provider in ("gcs", "azure"):
        ignored.append(f"STORAGE_PROVIDER={current().storage_provider} (files go to DATA_DIR/uploads)")
    if ignored:
        log.warning("known but not supported yet, ignored: %s", ", ".join(ignored))
    return ignored


# read by libraries or the shell, not by us
_ELSEWHERE = {"TZ", "LD_LIBRARY_PATH", "DOCKER", "PATH", "USE_SLIM_DOCKER", "WEBUI_SECRET_KEY_LENGTH", "ENABLE_ORJSON"}
