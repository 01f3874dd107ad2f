"""Parameters of a completion: layers, and where they go for each kind of provider (chat.md section 4.3)."""

from collections.abc import Mapping
from typing import Any

from models import json_codec
from utils.http.errors import bad_request

SERVER_ONLY = frozenset(
    """stream_response stream_delta_chunk_size function_calling reasoning_tags compact_token_threshold system note_id
    tool_approval_mode model_controls""".split()
)
"""What is meant for the pipeline and never reaches a provider."""

_OLLAMA_ROOT = ("format", "keep_alive", "think")


def effective(*layers: Mapping[str, Any] | None) -> dict[str, Any]:
    """Layers on top of one another, the last one wins; nulls of a later layer do not count;
    `custom_params` objects are merged key by key. `SERVER_ONLY` keys are still in it."""
    out: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    for layer in layers:
        for name, value in (layer or {}).items():
            if name == "custom_params":
                custom |= value if isinstance(value, dict) else {}
            elif value is not None:
                out[name] = value
    return {**out, "custom_params": custom} if custom else out


def outgoing(params: Mapping[str, Any]) -> dict[str, Any]:
    """What of `params` is for the provider: without `SERVER_ONLY`, `custom_params` unfolded (texts
    that are JSON become values) over those of the same name."""
    out = {name: value for name, value in params.items() if name not in SERVER_ONLY and name != "custom_params"}
    custom = params.get("custom_params")
    for name, value in (custom if isinstance(custom, dict) else {}).items():
        out[name] = _parsed(value)
    return out


def placed(body: Mapping[str, Any], params: Mapping[str, Any], owned_by: str) -> dict[str, Any]:
    """A copy of `body` with `params` in their places: top-level keys that are not there yet for an
    OpenAI-type model, `options` and a few root keys for an Ollama one (`owned_by` "ollama")."""
    wanted = outgoing(params)
    if owned_by == "ollama":
        return _for_ollama(body, wanted)
    out = dict(body)
    for name, value in wanted.items():
        if name not in out and value is not None:
            out[name] = value
    return out


def _for_ollama(body: Mapping[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    out = dict(body)
    for name in _OLLAMA_ROOT:
        if name in wanted:
            value = wanted.pop(name)
            out[name] = value if name == "think" else _parsed(value)
    options = out.get("options")
    options = dict(options) if isinstance(options, dict) else {}
    nested = wanted.pop("options", None)
    wanted = {**wanted, **(nested if isinstance(nested, dict) else {})}
    if "max_tokens" in wanted:
        wanted["num_predict"] = wanted.pop("max_tokens")
    for name, value in wanted.items():
        if value is not None:
            options.setdefault(name, value)
    if options:
        out["options"] = options
    return out


def logit_bias(value: Any) -> Any:
    """ "5:200,6:-3" as {"5": 100, "6": -3}; objects and what is empty stay. Raises 400 for anything else."""
    parsed = _parsed(value)
    if isinstance(parsed, dict) or not value:
        return parsed if isinstance(parsed, dict) else value
    out = {}
    for pair in value.split(",") if isinstance(value, str) else [""]:
        token, _, bias = pair.partition(":")
        try:
            out[token.strip()] = max(-100, min(100, int(bias)))
        except ValueError:
            raise bad_request("logit_bias must be an object, or pairs of token and bias such as 50256:-100.") from None
    return out


def unescaped_stop(params: Mapping[str, Any]) -> dict[str, Any]:
    """`params` with the escapes in `stop` decoded, as the raw proxy does (providers.md section 4)."""
    stop = params.get("stop")
    if not isinstance(stop, list):
        return dict(params)
    return {**params, "stop": [_unescape(one) if isinstance(one, str) else one for one in stop]}


def _unescape(text: str) -> str:
    try:
        return text.encode("latin-1", "backslashreplace").decode("unicode_escape")
    except UnicodeDecodeError:
        return text


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json_codec.loads(value)
    except ValueError:
        return value
