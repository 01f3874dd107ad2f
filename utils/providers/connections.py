"""The configured connections to OpenAI-type providers and Ollama hosts (providers.md section 2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from utils.settings import keys
from utils.settings.setting import read

Kind = Literal["openai", "ollama"]


@dataclass(frozen=True, slots=True)
class Connection:
    """One provider's address and how to speak to it. `config` is its object in `*.api_configs`."""

    kind: Kind
    index: int
    url: str
    key: str
    config: Mapping[str, Any]

    @property
    def enabled(self) -> bool:
        return bool(self.config.get("enable", True))

    @property
    def prefix_id(self) -> str:
        """What its model ids start with in the list, before a dot; empty for none."""
        return str(self.config.get("prefix_id") or "")

    @property
    def model_ids(self) -> list[str]:
        """OpenAI: the models, without asking the provider. Ollama: the ones let through."""
        return [str(one) for one in self.config.get("model_ids") or []]

    @property
    def tags(self) -> list[Any]:
        return list(self.config.get("tags") or [])

    @property
    def connection_type(self) -> str:
        """external or local; decides which task model is used."""
        return self.config.get("connection_type") or ("local" if self.kind == "ollama" else "external")

    @property
    def provider(self) -> str:
        """azure, llama.cpp, lmstudio, litellm, …; empty where nothing is said."""
        if self.config.get("azure"):
            return "azure"
        return str(self.config.get("provider") or "")

    @property
    def auth_type(self) -> str:
        return str(self.config.get("auth_type") or "bearer")

    @property
    def is_azure(self) -> bool:
        """Whether it needs Azure's addresses; its newer `/openai/v1` ones are like everybody's."""
        return self.provider == "azure" and "/openai/v1" not in self.url

    @property
    def speaks_responses(self) -> bool:
        """Whether chats go to `/responses`."""
        return self.config.get("api_type") == "responses"

    def upstream_name(self, model_id: str) -> str:
        """`model_id` as the provider knows it."""
        prefix = self.prefix_id
        return model_id[len(prefix) + 1 :] if prefix and model_id.startswith(prefix + ".") else model_id


@dataclass(frozen=True, slots=True)
class Connections:
    """All connections, disabled ones included. `openai_on` and `ollama_on` are the main switches."""

    openai_on: bool
    ollama_on: bool
    openai: tuple[Connection, ...]
    ollama: tuple[Connection, ...]

    def active(self) -> list[Connection]:
        """The ones in use: OpenAI by index, then Ollama."""
        openai = [one for one in self.openai if one.enabled] if self.openai_on else []
        return openai + ([one for one in self.ollama if one.enabled] if self.ollama_on else [])

    def of(self, kind: Kind) -> tuple[Connection, ...]:
        """All of one kind."""
        return self.openai if kind == "openai" else self.ollama


KEYS = (
    keys.ENABLE_OPENAI_API,
    keys.OPENAI_API_BASE_URLS,
    keys.OPENAI_API_KEYS,
    keys.OPENAI_API_CONFIGS,
    keys.ENABLE_OLLAMA_API,
    keys.OLLAMA_BASE_URLS,
    keys.OLLAMA_API_CONFIGS,
)
"""What `parsed` takes, in its order."""


def load() -> Connections:
    """The connections as configured now; one query."""
    return parsed(read(*KEYS))


def parsed(values: list[Any]) -> Connections:
    """Connections from the values of `KEYS`."""
    openai_on, openai_urls, openai_keys, openai_configs, ollama_on, ollama_urls, ollama_configs = values
    given = list(openai_keys or [])
    openai = [
        Connection(
            "openai", i, _trimmed(url), str(given[i] or "") if i < len(given) else "", _config(openai_configs, i, url)
        )
        for i, url in enumerate(openai_urls or [])
    ]
    ollama = []
    for i, url in enumerate(ollama_urls or []):
        config = _config(ollama_configs, i, url)
        ollama.append(Connection("ollama", i, _trimmed(url), str(config.get("key") or ""), config))
    return Connections(bool(openai_on), bool(ollama_on), tuple(openai), tuple(ollama))


def _trimmed(url: Any) -> str:
    return str(url or "").rstrip("/")


def _config(configs: Any, index: int, url: str) -> Mapping[str, Any]:
    """By index as a string; older configurations by url."""
    if not isinstance(configs, dict):
        return {}
    found = configs.get(str(index), configs.get(url))
    return found if isinstance(found, dict) else {}
