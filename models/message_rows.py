"""The rows of one chat's messages, as the model is sent them."""

from collections.abc import Iterator
from typing import Any

from models import json_codec
from models.chat_lists import marks, select
from models.database import is_sqlite, read_shaped
from models.large import LARGE

_IDS_A_QUERY = 500
_COLUMNS = ("id", "role", "content", "output", "context_summary", "usage", "model_id", "meta")
_JSON = {"content", "output", "files", "usage", "meta"}
_STORED = " + ".join(f"COALESCE(pg_column_size({name}), 0)" for name in ("content", "output", "files"))
"""About what a row takes, on PostgreSQL: it knows that without a look at the text."""


def branch(chat_id: str, message_id: str, *, files: bool) -> list[dict[str, Any]]:
    """The rows from the root to `message_id`, in order: role, content, output, context_summary, usage, model_id,
    meta, with `files` these too; `id` is the message's. Values of JSON are decoded. A loop among parents ends it.

    First ids and parents of the chat, then the rows of the branch, no more than some megabytes at once.
    """
    prefix = chat_id + "-"
    size = "0" if is_sqlite() or not files else _STORED
    links = select(f"SELECT id, parent_id, {size} AS size FROM chat_message WHERE chat_id = ?", chat_id)
    known = {row["id"].removeprefix(prefix): row for row in links}
    chain: dict[str, int] = {}
    at: str | None = message_id
    while at is not None and at in known and at not in chain:
        chain[at] = known[at]["size"]
        at = known[at]["parent_id"]
    names = (*_COLUMNS, "files") if files else _COLUMNS

    def shaped(row: tuple[Any, ...]) -> dict[str, Any]:
        return {
            name: json_codec.loads(value) if name in _JSON and isinstance(value, str | bytes) else value
            for name, value in zip(names, row, strict=True)
        }

    found: dict[str, dict[str, Any]] = {}
    for ids in _batches(chain):
        sql = f"SELECT {', '.join(names)} FROM chat_message WHERE id IN ({marks(ids)})"
        rows = read_shaped(sql if is_sqlite() else sql.replace("?", "%s"), [prefix + one for one in ids], shaped)
        found |= {one["id"].removeprefix(prefix): one for one in rows}
    return [{**found[one], "id": one} for one in reversed(chain) if one in found]


def _batches(chain: dict[str, int]) -> Iterator[list[str]]:
    """The ids of messages and what each takes, as lists of ids for a query each."""
    held: list[str] = []
    size = 0
    for one, taken in chain.items():
        if held and (len(held) == _IDS_A_QUERY or size + taken > LARGE):
            yield held
            held, size = [], 0
        held.append(one)
        size += taken
    if held:
        yield held
