"""A provider's failure, in the provider's own words (providers.md section 4, chat.md section 9)."""

import logging
from typing import Any

import requests

from models import json_codec
from utils.http.errors import ApiError

log = logging.getLogger("lightwell.providers")

UNREACHABLE = "The connection to the model provider failed."
BROKEN = "The model provider sent an answer that cannot be read."

_KEPT_HEADERS = ("retry-after", "retry-after-ms")
_LONGEST_BODY = 2**20


class ProviderError(ApiError):
    """Raised for whatever goes wrong at a provider.

    `status` and `content` are what an API client is answered: JSON (dict or list), or a text that goes
    out as text/plain. `headers` holds the provider's Retry-After. `message` is the innermost text, for
    people. Raised from a running stream it means that the line was cut.
    """

    def __init__(self, status: int, content: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, content, headers)
        self.content = content

    def body(self) -> Any:
        return self.content

    @property
    def message(self) -> str:
        """The text at the heart of the error: keys error, message, detail followed inwards."""
        inner = innermost(self.content)
        if inner == "":
            return f"The model provider answered with status {self.status}."
        return inner if isinstance(inner, str) else json_codec.dumps(inner)


def innermost(value: Any) -> Any:
    """The text that an error object wraps, or the object itself where it wraps none."""
    while isinstance(value, dict):
        inner = next((value[key] for key in ("error", "message", "detail") if value.get(key)), None)
        if inner is None:
            return value
        value = inner
    return value


def unreachable(status: int = 500) -> ProviderError:
    """No answer at all."""
    return ProviderError(status, {"detail": UNREACHABLE})


def broken(status: int = 500) -> ProviderError:
    """An answer in no format that we know."""
    return ProviderError(status, {"detail": BROKEN})


def cut(error: Exception) -> ProviderError:
    """The line dropped, or fell silent, in the middle of an answer."""
    log.warning("a provider's answer broke off: %s", type(error).__name__)
    return ProviderError(502, {"detail": "The connection to the model provider was lost during the answer."})


def failure(response: requests.Response, *, as_detail: bool = False) -> ProviderError:
    """The error for an answer of status >= 400; reads and closes it.

    `as_detail`: in the shape `{"detail": text}`, which Ollama connections have.
    """
    try:
        raw = response.raw.read(_LONGEST_BODY, decode_content=True)
    except (OSError, requests.RequestException) as error:
        log.debug("an error's body could not be read: %s", error)
        raw = b""
    finally:
        response.close()
    headers = {name: value for name, value in response.headers.items() if name.lower() in _KEPT_HEADERS}
    text = raw.decode("utf-8", "replace")
    content: Any = text
    try:
        content = json_codec.loads(raw)
    except ValueError:
        if "text/event-stream" in response.headers.get("Content-Type", ""):
            content = {"error": {"message": text, "code": response.status_code}}
    if as_detail:
        said = content.get("error") if isinstance(content, dict) else content
        content = {"detail": said or UNREACHABLE}
    elif isinstance(content, (int, float, bool)) or content is None:
        content = "" if content is None else text
    return ProviderError(response.status_code, content, headers)
