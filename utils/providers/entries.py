"""Entries of the model list, as `GET /api/models` serves them (providers.md section 1, entry shapes)."""

import datetime
from collections.abc import Mapping
from typing import Any

from models.workspace_models import WorkspaceModel
from utils.providers import variables
from utils.providers.connections import Connection
from utils.providers.lists import Offer

Entry = dict[str, Any]

_INHERITED = ("pipe", "provider", "loaded")


def openai(offer: Offer) -> list[Entry]:
    """The entries of an OpenAI-type connection."""
    connection = offer.connection
    if connection.model_ids:
        return [_named(connection, str(one["id"])) for one in offer.models]
    return [_listed(connection, one) for one in offer.models]


def _common(connection: Connection) -> Entry:
    """What a connection's configuration says about each of its models."""
    out: Entry = {"tags": connection.tags} if connection.tags else {}
    if connection.config.get("connection_type", "external"):
        out["connection_type"] = connection.connection_type
    return out


def _prefixed(connection: Connection, name: str) -> str:
    return f"{connection.prefix_id}.{name}" if connection.prefix_id else name


def _listed(connection: Connection, given: Mapping[str, Any]) -> Entry:
    raw = {**given, "id": _prefixed(connection, str(given.get("id") or given.get("name")))}
    if connection.prefix_id and isinstance(given.get("name"), str):
        raw["name"] = _prefixed(connection, given["name"])
    raw |= _common(connection)
    if connection.provider:
        raw["provider"] = connection.provider
    entry = {
        **raw,
        "owned_by": "openai",
        "name": raw["name"] if isinstance(raw.get("name"), str) and raw["name"] else raw["id"],
        "openai": raw,
        "connection_type": connection.connection_type,
        "provider": connection.provider,
        "urlIdx": connection.index,
    }
    if (loaded := _loaded(connection.provider, given)) is not None:
        entry["loaded"] = loaded
    return entry


def _loaded(provider: str, given: Mapping[str, Any]) -> bool | None:
    """Whether a server that loads models on demand has this one in memory; None where nothing says so."""
    state = None
    if provider == "llama.cpp":
        # a server of one model says nothing, and has it
        status = given.get("status", {"value": "loaded"})
        state = status.get("value") if isinstance(status, dict) else None
    elif provider == "lmstudio":
        state = "loaded" if given.get("loaded_instances") else given.get("state")
    return state == "loaded" if state else None


def _named(connection: Connection, name: str) -> Entry:
    served = _prefixed(connection, name)
    head: Entry = {"id": served, "name": served, "owned_by": "openai"}
    raw = {**head, "openai": {"id": name}, "urlIdx": connection.index, **_common(connection)}
    if connection.provider:
        raw["provider"] = connection.provider
    return {
        **head,
        "openai": raw,
        "urlIdx": connection.index,
        **_common(connection),
        "connection_type": connection.connection_type,
        "provider": connection.provider,
    }


def ollama_models(offers: list[Offer]) -> dict[str, Entry]:
    """What the Ollama hosts have, merged, by id: `urls` says which ones; as `/ollama/api/tags` shows it."""
    merged: dict[str, Entry] = {}
    for offer in offers:
        connection = offer.connection
        for one in offer.models:
            name = _prefixed(connection, one["model"])
            if name in merged:
                merged[name]["urls"].append(connection.index)
                continue
            entry = {**one, "name": _prefixed(connection, one.get("name") or one["model"]), "model": name}
            if connection.tags:
                entry["tags"] = connection.tags
            merged[name] = {**entry, "connection_type": connection.connection_type, "urls": [connection.index]}
    for offer in offers:
        for name, until in offer.loaded.items():
            served = _prefixed(offer.connection, name)
            if served in merged:
                merged[served]["expires_at"] = _epoch(until)
    return merged


def _epoch(moment: str) -> int:
    try:
        return int(datetime.datetime.fromisoformat(moment).timestamp())
    except (ValueError, OverflowError, OSError):
        return 0


def ollama(raw: Entry) -> Entry:
    """The list entry of one of `ollama_models`."""
    return {
        "id": raw["model"],
        "name": raw["name"],
        "object": "model",
        "created": 0,
        "owned_by": "ollama",
        "ollama": raw,
        "loaded": "expires_at" in raw,
        "connection_type": raw["connection_type"],
        "tags": raw.get("tags", []),
    }


DEFAULT_ARENA = {
    "id": "arena-model",
    "name": "Arena Model",
    "meta": {"description": "Two anonymous models answer; vote for the better one.", "model_ids": None},
}


def arena(configured: Mapping[str, Any]) -> Entry:
    """The entry of an arena model of the configuration."""
    meta = {name: value for name, value in (configured.get("meta") or {}).items() if name != "profile_image_url"}
    return {
        "id": str(configured.get("id")),
        "name": configured.get("name"),
        "info": {"meta": meta},
        "object": "model",
        "created": 0,
        "owned_by": "arena",
        "arena": True,
    }


def info(row: WorkspaceModel, grants: list[dict[str, Any]], default_meta: Mapping[str, Any]) -> Entry:
    """What the list says about a row: its params never leave the server."""
    meta = with_defaults(row.meta or {}, default_meta)
    meta.pop("profile_image_url", None)
    params: Any = row.params or {}
    with_schema(meta, params)
    return {
        "version_id": row.version_id,
        "id": row.id,
        "user_id": row.user_id,
        "base_model_id": row.base_model_id,
        "name": row.name,
        "params": public_params(params),
        "meta": meta,
        "access_grants": grants,
        "is_active": row.is_active,
        "updated_at": row.updated_at,
        "created_at": row.created_at,
    }


def with_schema(meta: dict[str, Any], params: Mapping[str, Any]) -> None:
    """Puts what the system prompt asks of a chat into `meta`, in place of what is there."""
    meta.pop("chat_variables_schema", None)
    system = params.get("system")
    if found := variables.fields(system) if isinstance(system, str) else []:
        meta["chat_variables_schema"] = {"fields": found}


def public_params(params: Mapping[str, Any]) -> Entry:
    """What of a row's params the list may show: the labels of controls, the compaction threshold."""
    out: Entry = {}
    controls = params.get("model_controls")
    if isinstance(controls, dict) and controls:
        out["model_controls"] = {name: _control(one) for name, one in controls.items() if isinstance(one, dict)}
    if params.get("compact_token_threshold") is not None:
        out["compact_token_threshold"] = params["compact_token_threshold"]
    return out


def _control(control: Mapping[str, Any]) -> Entry:
    options = control.get("options")
    labels = {
        name: {key: value for key, value in one.items() if key != "params"}
        for name, one in (options if isinstance(options, dict) else {}).items()
        if isinstance(one, dict)
    }
    return {**control, "options": labels}


def with_defaults(meta: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """`meta` with what it lacks from `defaults`; capabilities are merged, own ones win."""
    out = dict(meta)
    for name, value in defaults.items():
        if name == "capabilities" and isinstance(value, dict):
            out[name] = {**value, **(out.get(name) or {})}
        elif out.get(name) is None:
            out[name] = value
    return out


def override(base: Entry, row: WorkspaceModel, about: Entry) -> Entry:
    """A provider's model under a row of the same id."""
    return {**base, "name": row.name, "info": about}


def workspace(row: WorkspaceModel, base: Entry | None, about: Entry) -> Entry:
    """A model of its own, on top of `base` (None where that is missing)."""
    base = base or {}
    entry: Entry = {
        "id": row.id,
        "name": row.name,
        "object": "model",
        "created": row.created_at,
        "owned_by": base.get("owned_by", "openai"),
        "connection_type": base.get("connection_type"),
        "preset": True,
        "info": about,
    }
    for name in _INHERITED:
        if base.get(name) or name == "loaded" and name in base:
            entry[name] = base[name]
    return entry


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def finished(entry: Entry) -> Entry:
    """The entry as it is served: with its actions, filters, and tags, each once by name."""
    meta = (entry.get("info") or {}).get("meta") or {}
    tags: dict[str, Any] = {}
    for tag in [*_list(meta.get("tags")), *_list(entry.get("tags"))]:
        name = tag.get("name") if isinstance(tag, dict) else tag
        if isinstance(name, str) and name:
            tags.setdefault(name, {"name": name})
    return {**entry, "actions": [], "filters": [], "tags": list(tags.values())}
