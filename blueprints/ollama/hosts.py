"""Which host a request goes to, and whether the caller may use the model there (providers.md section 8)."""

from typing import Any

from flask import g

from utils.http.errors import bad_request, forbidden
from utils.providers import catalog, completions, connections, operations
from utils.providers.catalog import Model
from utils.providers.connections import Connection


def index_of(url_idx: int | None, query: dict[str, Any]) -> int | None:
    """The index that path or query names."""
    return query["url_idx"] if url_idx is None else url_idx


def usable(name: Any, index: int | None) -> tuple[Connection, str, Model | None]:
    """Host, the model's name there, and the model, for a caller who needs access to it.

    Raises 403 for a user without access, or at a host that does not have the model; 400 for a model
    that no host has; 404 for no such host.
    """
    model = _find(name)
    known = model or catalog.find(name, g.user)
    if not catalog.bypassed(g.user) and (known is None or not catalog.may_use(g.user, known)):
        raise forbidden("The model was not found, or you do not have access to it.")
    return _placed(name, index, model)


def having(name: Any, index: int | None) -> tuple[Connection, str]:
    """Host and the model's name there, for administrators. Raises 400, 404."""
    used, upstream, _ = _placed(name, index, _find(name))
    return used, upstream


def _find(name: Any) -> Model | None:
    operations.require_on(connections.load(), "ollama")
    model = catalog.find(name, g.user)
    return model if model is not None and model.owned_by == "ollama" and model.connections else None


def _placed(name: Any, index: int | None, model: Model | None) -> tuple[Connection, str, Model | None]:
    if index is None:
        if model is None:
            raise bad_request("No Ollama host has this model.")
        return completions.pick(model), model.upstream, model
    used = operations.connection("ollama", index)
    if not catalog.bypassed(g.user) and (model is None or used not in model.connections):
        raise forbidden("This host does not have the model.")
    return used, model.upstream if model is not None else used.upstream_name(str(name)), model
