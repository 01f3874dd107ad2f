"""The merged model list, who sees what of it, and the model that a request names (providers.md section 1).

What the providers offer comes from `lists`; rows and grants are asked on every use by their stamps
(a fixed number of queries, no blobs), and the list is merged and encoded anew only when one of these
changed. So a change of a row or of the configuration holds at once, by whichever process it was made.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import g, has_request_context

from models import access_grants, json_codec
from models.workspace_models import WorkspaceModel
from utils.access.permissions import group_ids
from utils.access.resources import Resource
from utils.http.errors import ApiError, bad_request
from utils.providers import connections, entries, lists, params
from utils.providers.connections import Connection
from utils.providers.context import Context, Person
from utils.providers.entries import Entry
from utils.providers.lists import Offer
from utils.settings import environment, keys
from utils.settings.setting import read

MODELS = Resource(WorkspaceModel, kind="model", denied=401, absent=401)

_CONFIG = (
    *connections.KEYS,
    keys.ENABLE_EVALUATION_ARENA_MODELS,
    keys.EVALUATION_ARENA_MODELS,
    keys.MODEL_ORDER_LIST,
    keys.DEFAULT_MODEL_METADATA,
    keys.DEFAULT_MODEL_PARAMS,
    keys.ENABLE_BASE_MODELS_CACHE,
)
_KEPT_LISTS = 32


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model of the list, with what is needed to use it.

    `entry`: as the list shows it. `owned_by`: openai, ollama, arena. `connection_type`: external,
    local, or None. `upstream`: its name at the provider (empty: an arena model, or a base that is gone).
    `served_id`: the id of the provider's model in the list, prefix included. `connections`: the one it
    belongs to, several for an Ollama model on several hosts. `row`: the workspace row of this id, or
    None. `base`: the model underneath a workspace model. `params`: the server's default params with the
    row's on top. Entries and rows are shared between requests: do not change them.
    """

    id: str
    entry: Entry
    owned_by: str
    connection_type: str | None
    upstream: str
    served_id: str
    connections: tuple[Connection, ...]
    row: WorkspaceModel | None
    base: "Model | None"
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.entry.get("name") or self.id

    @property
    def meta(self) -> Mapping[str, Any]:
        """The row's meta with the server's defaults; without the picture."""
        return (self.entry.get("info") or {}).get("meta") or {}

    @property
    def capabilities(self) -> Mapping[str, Any]:
        return self.meta.get("capabilities") or {}

    @property
    def provider(self) -> str:
        """The kind of OpenAI-type provider, such as "llama.cpp"; empty where nothing is said."""
        return self.connections[0].provider if self.connections else ""

    @property
    def raw(self) -> "Model":
        """The model for the raw proxies: the server's default params are for chats."""
        return replace(self, params=self.row.params if self.row is not None else {})

    @property
    def rows_of_access(self) -> tuple[str, ...]:
        """The ids on which a user needs read access."""
        return (self.id,) if self.base is None else (self.id, self.base.id)


@dataclass(slots=True)
class _Merged:
    """One merged list. `bodies`: its entries as JSON, by id, filled as they are asked for."""

    models: dict[str, Model]
    base: list[Entry]
    bodies: dict[str, bytes] = field(default_factory=dict)
    whole: bytes = b""

    def encoded(self, model_id: str) -> bytes:
        found = self.bodies.get(model_id)
        if found is None:
            found = self.bodies[model_id] = json_codec.dumps_bytes(self.models[model_id].entry)
        return found


def listed(user: Person, refresh: bool = False) -> list[Entry]:
    """The list for `user`, in its order. `refresh` asks the providers anew. Do not change the entries."""
    merged = _merged(user, refresh=refresh)
    allowed = _allowed(user, merged)
    return [model.entry for model in merged.models.values() if allowed is None or model.id in allowed]


def listed_json(user: Person, refresh: bool = False) -> bytes:
    """`{"data": [...]}` of `listed`, from parts encoded once."""
    merged = _merged(user, refresh=refresh)
    allowed = _allowed(user, merged)
    if allowed is None:
        if not merged.whole:
            merged.whole = _data(merged.encoded(model_id) for model_id in merged.models)
        return merged.whole
    return _data(merged.encoded(model_id) for model_id in merged.models if model_id in allowed)


def _data(parts: Any) -> bytes:
    return b'{"data":[' + b",".join(parts) + b"]}"


def base_listed(user: Person, refresh: bool = False) -> list[Entry]:
    """The list before workspace rows and access, for administrators."""
    return _merged(user, refresh=refresh).base


def find(model_id: Any, user: Person) -> Model | None:
    """The model of this id, whoever may use it. Asks a provider only if it was never asked before, or if
    another process learned of a change: an unknown id makes no traffic."""
    if not isinstance(model_id, str):
        return None
    model = _merged(user, any_age=True).models.get(model_id)
    if model is None and lists.others_know_more():
        model = _merged(user).models.get(model_id)
    return model


def usable(user: Person, model_id: Any) -> Model:
    """The model, if `user` may use it. Raises 400 with one text for all of: unknown, inactive, its base
    missing, no access to it or to its base. With ENABLE_CUSTOM_MODEL_FALLBACK the first of the default
    models stands in for one whose base is missing."""
    model = find(model_id, user)
    if model is not None and not _serves(model) and environment.current().custom_model_fallback:
        model = find((keys.DEFAULT_MODELS.get() or "").split(",")[0].strip(), user)
    if model is None or not _serves(model) or not may_use(user, model):
        raise unknown()
    return model


def unknown() -> ApiError:
    """The error for a model that is not there, or not for this user."""
    return bad_request("The model was not found, or you do not have access to it.")


def _serves(model: Model) -> bool:
    if model.owned_by == "arena":
        return True
    return bool(model.connections)


def may_use(user: Person, model: Model) -> bool:
    """Whether `user` has read access to the model and to its base; two queries at most."""
    if bypassed(user):
        return True
    if model.owned_by == "arena":
        return _may_use_arena(user, model.entry)
    wanted = model.rows_of_access
    return len(_visible(user, wanted)) == len(set(wanted))


def bypassed(user: Person) -> bool:
    """Whether access to models is not judged for `user`."""
    return environment.current().bypass_model_access or MODELS.bypassed(user)


def arena_members(model: Model, user: Person) -> list[Model]:
    """The models that an arena model may choose from, those that `user` cannot use included."""
    meta = model.meta
    chosen = meta.get("model_ids") or []
    known = _merged(user, any_age=True).models
    if not chosen or meta.get("filter_mode") == "exclude":
        return [one for one in known.values() if one.owned_by != "arena" and one.id not in chosen]
    return [known[one] for one in chosen if one in known]


def arena_choice(model: Model, user: Person) -> Model:
    """A member of an arena model at random. Raises 400 where there is none."""
    members = [one for one in arena_members(model, user) if _serves(one)]
    if not members:
        raise unknown()
    return random.choice(members)


def ollama_listed(user: Person, refresh: bool = False) -> list[Entry]:
    """What the Ollama hosts have, merged (`/ollama/api/tags`), as far as `user` may use it."""
    raw = [entry["ollama"] for entry in base_listed(user, refresh) if entry["owned_by"] == "ollama"]
    return _filtered(user, raw, "model")


def openai_listed(user: Person, refresh: bool = False) -> list[Entry]:
    """What the OpenAI-type connections have, merged (`/openai/models`), as far as `user` may use it."""
    return _filtered(user, [entry for entry in base_listed(user, refresh) if "openai" in entry], "id")


def _filtered(user: Person, found: list[Entry], name: str) -> list[Entry]:
    if bypassed(user):
        return found
    visible = _visible(user)
    return [entry for entry in found if entry[name] in visible]


def _allowed(user: Person, merged: _Merged) -> set[str] | None:
    """The ids that `user` sees; None for all."""
    if bypassed(user):
        return None
    allowed = _visible(user)
    for model in merged.models.values():
        if model.owned_by == "arena" and _may_use_arena(user, model.entry):
            allowed.add(model.id)
    return allowed


def _visible(user: Person, among: tuple[str, ...] | None = None) -> set[str]:
    rows = MODELS.select(user, "read", WorkspaceModel.id)
    if among is not None:
        rows = rows.where(WorkspaceModel.id.in_(among))
    return {row_id for (row_id,) in rows.tuples()}


def _may_use_arena(user: Person, entry: Entry) -> bool:
    grants = entry["info"]["meta"].get("access_grants") or []
    mine = {("user", user.id), ("user", access_grants.EVERYONE)} | {("group", one) for one in group_ids(user.id)}
    return any(
        isinstance(one, dict)
        and one.get("permission") == "read"
        and (one.get("principal_type"), one.get("principal_id")) in mine
        for one in grants
    )


def rows() -> list[WorkspaceModel]:
    """All workspace rows, oldest first, without their pictures, from memory where they did not change.
    Do not change them."""
    return _load_rows(WorkspaceModel.stamps())


# -- merging

_lists: dict[tuple, _Merged] = {}
_rows: dict[str, tuple[tuple, WorkspaceModel]] = {}


def _context(user: Person) -> Context:
    return Context.of_caller() if has_request_context() and g.get("user") is user else Context(user)


def _merged(user: Person, *, refresh: bool = False, any_age: bool = False) -> _Merged:
    values = read(*_CONFIG)
    arena_on, arenas, order, default_meta, default_params, keep_base = values[len(connections.KEYS) :]
    found = connections.parsed(values[: len(connections.KEYS)])
    stamps, grants = WorkspaceModel.stamps(), access_grants.of_kind("model")
    offers = lists.offers(found.active(), _context(user), refresh=refresh, any_age=any_age or bool(keep_base))
    settings = json_codec.dumps([arenas if arena_on else None, order, default_meta, default_params])
    key = (offers, stamps, grants, settings)
    merged = _lists.get(key)
    if merged is None:
        rows = _load_rows(stamps)
        merger = _Merger(rows, grants, default_meta or {}, default_params or {})
        merged = merger.merge(offers, (arenas or [entries.DEFAULT_ARENA]) if arena_on else [], order or [])
        if len(_lists) >= _KEPT_LISTS:
            _lists.clear()
        _lists[key] = merged
    return merged


def _load_rows(stamps: tuple[tuple, ...]) -> list[WorkspaceModel]:
    """The rows, from memory where their stamp is the known one."""
    changed = [stamp[0] for stamp in stamps if stamp[0] not in _rows or _rows[stamp[0]][0] != stamp]
    fresh = WorkspaceModel.by_ids(changed) if changed else {}
    for stamp in stamps:
        if stamp[0] in fresh:
            _rows[stamp[0]] = (stamp, _lightened(fresh[stamp[0]]))
    for gone in _rows.keys() - {stamp[0] for stamp in stamps}:
        _rows.pop(gone, None)
    return [_rows[stamp[0]][1] for stamp in stamps if stamp[0] in _rows]


def _lightened(row: Any) -> WorkspaceModel:
    """The row without its picture, which may have hundreds of kilobytes and is never served from here."""
    meta = row.meta if isinstance(row.meta, dict) else {}
    row.meta = {name: value for name, value in meta.items() if name != "profile_image_url"}
    row.params = row.params if isinstance(row.params, dict) else {}
    return row


class _Merger:
    """Offers and rows into one list, in the order of the contract."""

    def __init__(
        self, rows: list[WorkspaceModel], grants: tuple[tuple, ...], default_meta: Entry, default_params: Entry
    ) -> None:
        self.rows, self.default_meta = rows, default_meta
        # a system prompt is a model's own
        self.default_params = {name: value for name, value in default_params.items() if name != "system"}
        self.grants: dict[str, list[dict[str, Any]]] = {}
        for grant in grants:
            whole = dict(zip(access_grants.COLUMNS, grant, strict=True))
            self.grants.setdefault(whole["resource_id"], []).append(whole)
        self.models: dict[str, Model] = {}

    def merge(self, offers: tuple[Offer, ...], arenas: list[Entry], order: list[str]) -> _Merged:
        for offer in offers:
            if offer.connection.kind == "openai":
                for entry in entries.openai(offer):
                    self._add_base(entry, (offer.connection,))
        hosts = [offer for offer in offers if offer.connection.kind == "ollama"]
        by_index = {offer.connection.index: offer.connection for offer in hosts}
        for raw in entries.ollama_models(hosts).values():
            self._add_base(entries.ollama(raw), tuple(by_index[index] for index in raw["urls"]))
        base = [model.entry for model in self.models.values()]
        for configured in arenas:
            self._add_arena(entries.arena(configured))
        self._add_rows()
        if self.default_meta:
            self._describe()
        finished = {model.id: replace(model, entry=entries.finished(model.entry)) for model in self.models.values()}
        return _Merged(_ordered(finished, order), base)

    def _add_base(self, entry: Entry, hosts: tuple[Connection, ...]) -> None:
        if entry["id"] in self.models:
            return
        self.models[entry["id"]] = Model(
            id=entry["id"],
            entry=entry,
            owned_by=entry["owned_by"],
            connection_type=entry["connection_type"],
            upstream=hosts[0].upstream_name(entry["id"]),
            served_id=entry["id"],
            connections=hosts,
            row=None,
            base=None,
            params=self.default_params,
        )

    def _add_arena(self, entry: Entry) -> None:
        self.models[entry["id"]] = Model(
            entry["id"], entry, "arena", None, "", entry["id"], (), None, None, self.default_params
        )

    def _add_rows(self) -> None:
        untagged = {
            model.id.split(":")[0]: model.id for model in reversed(self.models.values()) if model.owned_by == "ollama"
        }
        for row in self.rows:
            if row.base_model_id is None:
                self._override(row, untagged)
        bases = dict(self.models)
        for row in self.rows:
            if row.base_model_id is not None and row.is_active and row.id not in bases:
                base = bases.get(row.base_model_id) or bases.get(untagged.get(row.base_model_id, ""))
                self.models[row.id] = self._workspace(row, base)

    def _describe(self) -> None:
        """Models without a row have the server's default metadata too."""
        for model in list(self.models.values()):
            if model.row is None and model.owned_by != "arena":
                about = {"meta": dict(self.default_meta)}
                self.models[model.id] = replace(model, entry={**model.entry, "info": about})

    def _about(self, row: WorkspaceModel) -> Entry:
        return entries.info(row, self.grants.get(row.id, []), self.default_meta)

    def _override(self, row: WorkspaceModel, untagged: dict[str, str]) -> None:
        known = row.id if row.id in self.models else untagged.get(row.id, "")
        base = self.models.get(known)
        if base is None:
            return
        if not row.is_active:
            del self.models[known]
            return
        entry = entries.override(base.entry, row, self._about(row))
        self.models[known] = replace(base, entry=entry, row=row, params=self._params(row))

    def _workspace(self, row: WorkspaceModel, base: Model | None) -> Model:
        entry = entries.workspace(row, base.entry if base else None, self._about(row))
        return Model(
            id=row.id,
            entry=entry,
            owned_by=entry["owned_by"],
            connection_type=entry["connection_type"],
            upstream=base.upstream if base else "",
            served_id=base.served_id if base else row.id,
            connections=base.connections if base else (),
            row=row,
            base=base,
            params=self._params(row),
        )

    def _params(self, row: WorkspaceModel) -> Mapping[str, Any]:
        return params.effective(self.default_params, row.params)


def _ordered(models: dict[str, Model], order: list[str]) -> dict[str, Model]:
    """By the configured list, what is not in it after it by name."""
    if not order:
        return models
    place = {model_id: position for position, model_id in enumerate(order)}
    last = len(order)
    ranked = sorted(models.values(), key=lambda one: (place.get(one.id, last), one.name if one.id not in place else ""))
    return {model.id: model for model in ranked}
