"""One persistent configuration key: name, default, the variable that seeds it, reading and writing.

Precedence is data.md section 5: the environment only makes defaults; a stored row wins; without
`ENABLE_PERSISTENT_CONFIG` (for `oauth.*`: `ENABLE_OAUTH_PERSISTENT_CONFIG`) rows are ignored and
writes last as long as the process. Nothing is cached: each read asks the table, so a change made by
any process, of either server, holds at once.
"""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from config import ConfigError, flag, number
from models.configs import Config
from utils.settings import environment

REGISTRY: dict[str, "Setting"] = {}
"""Every declared key, in order of declaration."""

_unsaved: dict[str, Any] = {}


def loads(text: str) -> Any:
    """JSON. Raises `ValueError`."""
    return json.loads(text)


def number_or_empty(text: str) -> int | str:
    """A whole number, or the empty text itself. Raises `ValueError`."""
    return int(text) if text.strip() else ""


def split(separator: str) -> Callable[[str], list[str]]:
    """A parser of lists: parts trimmed; a JSON list is taken as well."""

    def parse(text: str) -> list[str]:
        if text.lstrip().startswith("["):
            return json.loads(text)
        return [part.strip() for part in text.split(separator)]

    return parse


__all__ = [
    "REGISTRY",
    "Setting",
    "flag",
    "loads",
    "number",
    "number_or_empty",
    "paired_key",
    "read",
    "save",
    "setting",
    "split",
]


_PUBLIC_OPENAI = "https://api.openai.com/v1"


def paired_key(variable: str) -> Callable[[Mapping[str, str]], str]:
    """Seeds a key for the public OpenAI address: `variable`, or the key that is paired with that address
    in OPENAI_API_BASE_URLS (env.tsv). A key for another provider never goes there."""

    def seed(environ: Mapping[str, str]) -> str:
        if environ.get(variable):
            return environ[variable]
        addresses = environ.get("OPENAI_API_BASE_URLS") or environ.get("OPENAI_API_BASE_URL") or _PUBLIC_OPENAI
        given = environ.get("OPENAI_API_KEYS") or environ.get("OPENAI_API_KEY") or ""
        pairs = zip(split(";")(addresses), split(";")(given), strict=False)
        return next((key for address, key in pairs if address.rstrip("/") == _PUBLIC_OPENAI), "")

    return seed


@dataclass(frozen=True, eq=False)
class Setting:
    """A key of the `config` table."""

    key: str
    default: Any
    variables: tuple[str, ...]
    parse: Callable[[str], Any]
    seed: Callable[[Mapping[str, str]], Any] | None = None
    stored_at_start: bool = field(default=True)

    @property
    def persistent(self) -> bool:
        """Whether rows of this key count and writes are stored."""
        settings = environment.current()
        return settings.oauth_persistent_config if self.key.startswith("oauth.") else settings.persistent_config

    def initial(self) -> Any:
        """The default as the environment makes it. Raises `ConfigError` for a value of a wrong kind."""
        environ = environment.current().environ
        try:
            if self.seed:
                return self.seed(environ)
            name = next((name for name in self.variables if environ.get(name, "") != ""), None)
            return copy.deepcopy(self.default) if name is None else self.parse(environ[name])
        except ValueError as error:
            raise ConfigError(f"{', '.join(self.variables)}: {error}") from error

    def get(self) -> Any:
        """The value in force."""
        return read(self)[0]

    def set(self, value: Any) -> None:
        """Stores `value`; every process sees it with its next read."""
        save({self: value})


def setting(
    key: str,
    default: Any,
    *variables: str,
    parse: Callable[[str], Any] | None = None,
    seed: Callable[[Mapping[str, str]], Any] | None = None,
    stored_at_start: bool = True,
) -> Setting:
    """Declares a key. Raises `RuntimeError` for one that is declared twice."""
    if key in REGISTRY:
        raise RuntimeError(f"configuration key {key} is declared twice")
    made = Setting(key, default, variables, parse or _parser_of(default), seed, stored_at_start)
    REGISTRY[key] = made
    return made


def _parser_of(default: Any) -> Callable[[str], Any]:
    if isinstance(default, bool):
        return flag
    if isinstance(default, (int, float)):
        return type(default)
    return loads if isinstance(default, (dict, list)) else str


def read(*settings: Setting) -> list[Any]:
    """The values in force, in the order asked, in one query."""
    process = environment.current()
    if process.persistent_config and process.oauth_persistent_config:
        rows = Config.values_of(tuple([setting.key for setting in settings]))
    else:
        rows = Config.values_of(tuple([setting.key for setting in settings if setting.persistent]))
    return [rows[setting.key] if setting.key in rows else _without_row(setting) for setting in settings]


def _without_row(setting: Setting) -> Any:
    return _unsaved[setting.key] if setting.key in _unsaved else setting.initial()


def save(values: Mapping[Setting, Any]) -> None:
    """Stores several values at once: all or none."""
    Config.store({setting.key: value for setting, value in values.items() if setting.persistent})
    _unsaved.update({setting.key: value for setting, value in values.items() if not setting.persistent})


def seed_missing() -> None:
    """Stores every key that has no row yet with its initial value, as the other server does at start;
    with `RESET_CONFIG_ON_START` after deleting all rows."""
    if environment.current().reset_config:
        Config.delete().execute()
    wanted = [one for one in REGISTRY.values() if one.persistent and one.stored_at_start]
    Config.store_missing({one.key: one.initial for one in wanted})


def declared_variables() -> set[str]:
    """Every variable that seeds a key."""
    return {name for one in REGISTRY.values() for name in one.variables}
