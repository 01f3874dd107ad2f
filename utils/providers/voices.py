"""Which voices and models there are to read aloud with: of the configured engine, or asked of it.

An engine that does not answer has none, but OpenAI's are known. What each engine is asked is its own
public API.
"""

from collections.abc import Iterable
from typing import Any

from utils.providers import client
from utils.providers.errors import ProviderError
from utils.settings import environment, keys_media
from utils.settings.setting import read

OPENAI_VOICES = ("alloy", "echo", "fable", "onyx", "nova", "shimmer")
OPENAI_MODELS = ("tts-1", "tts-1-hd")
MISTRAL_MODELS = ("voxtral-mini-tts-2603",)
_SECONDS = 10
_OFFICIAL = "https://api.openai.com"

Entries = list[dict[str, Any]]


def voices() -> Entries:
    """`{id, name}` of every voice."""
    finders = {"openai": _openai, "elevenlabs": _elevenlabs, "azure": _azure, "mistral": _mistral}
    find = finders.get(keys_media.AUDIO_TTS_ENGINE.get())
    return find() if find else []


def models() -> Entries:
    """`{id}` of every model, with `name` where the engine tells one."""
    engine = keys_media.AUDIO_TTS_ENGINE.get()
    if engine == "openai":
        listed = _items(_own_openai("/audio/models"), "models")
        return listed or [{"id": model} for model in OPENAI_MODELS]
    if engine == "mistral":
        return [{"id": model} for model in MISTRAL_MODELS]
    if engine == "elevenlabs":
        return [{"name": name, "id": one} for one, name in _pairs(_ask_elevenlabs("/v1/models"), "model_id", "name")]
    return []


def _openai() -> Entries:
    listed = _pairs(_items(_own_openai("/audio/voices"), "voices"), "id", "name")
    return _entries(listed or [(voice, voice) for voice in OPENAI_VOICES])


def _own_openai(path: str) -> Any:
    """What a server that speaks OpenAI's API lists; OpenAI itself has no such address."""
    url, key = read(keys_media.AUDIO_TTS_OPENAI_API_BASE_URL, keys_media.AUDIO_TTS_OPENAI_API_KEY)
    if not url or url.startswith(_OFFICIAL):
        return None
    return _get(url.rstrip("/") + path, _bearer(key))


def _elevenlabs() -> Entries:
    return _entries(_pairs(_items(_ask_elevenlabs("/v1/voices"), "voices"), "voice_id", "name"))


def _ask_elevenlabs(path: str) -> Any:
    key = keys_media.AUDIO_TTS_API_KEY.get()
    return _get(environment.current().elevenlabs_url.rstrip("/") + path, {"xi-api-key": key}) if key else None


def _azure() -> Entries:
    region, url, key = read(
        keys_media.AUDIO_TTS_AZURE_SPEECH_REGION,
        keys_media.AUDIO_TTS_AZURE_SPEECH_BASE_URL,
        keys_media.AUDIO_TTS_API_KEY,
    )
    root = (url or f"https://{region or 'eastus'}.tts.speech.microsoft.com").rstrip("/")
    listed = _get(root + "/cognitiveservices/voices/list", {"Ocp-Apim-Subscription-Key": key or ""})
    return _entries((one, f"{name} ({one})") for one, name in _pairs(listed, "ShortName", "DisplayName"))


def _mistral() -> Entries:
    url, key = read(keys_media.AUDIO_TTS_MISTRAL_API_BASE_URL, keys_media.AUDIO_TTS_MISTRAL_API_KEY)
    if not key:
        return []
    root = (url or keys_media.AUDIO_TTS_MISTRAL_API_BASE_URL.default).rstrip("/")
    listed = _items(_get(root + "/audio/voices", _bearer(key)), "items")
    return _entries(_pairs(listed, "voice_id", "name") or _pairs(listed, "id", "name"))


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def _get(url: str, headers: dict[str, str]) -> Any:
    """The answer as JSON, or None where there is none."""
    try:
        response = client.send("GET", url, headers, seconds=_SECONDS)
        if response.status_code >= 400:
            response.close()
            return None
        return client.read_json(response, seconds=_SECONDS)
    except ProviderError:
        return None


def _items(answer: Any, name: str) -> list[Any]:
    found = answer.get(name) if isinstance(answer, dict) else None
    return found if isinstance(found, list) else []


def _pairs(listed: Any, key: str, label: str) -> list[tuple[str, str]]:
    """The entries' ids and names; what has no id is left out, what has no name is named by its id."""
    entries = [one for one in listed if isinstance(one, dict) and one.get(key)] if isinstance(listed, list) else []
    return [(one[key], one.get(label) or one[key]) for one in entries]


def _entries(pairs: Iterable[tuple[str, str]]) -> Entries:
    return [{"id": one, "name": name} for one, name in pairs]
