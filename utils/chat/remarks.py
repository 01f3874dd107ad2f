"""What a provider says beside its text: sources it cites, and events of a server of pipelines (chat.md section 5)."""

from typing import Any

from models.database import connection
from utils.chat import store
from utils.chat.turn import Target, Turn

KEPT = {"status": "statusHistory", "source": "sources", "citation": "sources"}
"""Events that a provider may send, and where in the message they are kept."""


def cited(annotations: Any) -> list[dict[str, Any]]:
    """The sources that the annotations of a delta name by their addresses."""
    found = []
    for one in annotations if isinstance(annotations, list) else []:
        citation = one.get("url_citation") if isinstance(one, dict) and one.get("type") == "url_citation" else None
        if isinstance(citation, dict) and isinstance(url := citation.get("url"), str) and url:
            name = citation.get("title") or url
            source = {"name": name, "url": url}
            found.append({"source": source, "document": [name], "metadata": [{"source": url, "name": name}]})
    return found


def of_chunk(chunk: dict[str, Any]) -> tuple[str, Any] | None:
    """The event that a chunk is, where it is one that a provider may send."""
    event = chunk.get("event")
    if not isinstance(event, dict) or str(event.get("type")) not in KEPT or not isinstance(event.get("data"), dict):
        return None
    return event["type"], event["data"]


def keep(turn: Turn, target: Target, events: list[tuple[str, Any]]) -> None:
    """Stores with the message what of `events` is to be kept."""
    found = [(KEPT[kind], data) for kind, data in events if kind in KEPT]
    if not found or not turn.is_stored:
        return
    with connection(), store.edit(turn.chat_id or "") as chat:
        message = chat.messages.get(target.message_id) or {}
        values: dict[str, list[Any]] = {}
        for key, data in found:
            known = values.get(key, message.get(key))
            values[key] = [*(known if isinstance(known, list) else []), data]
        chat.put(target.message_id, values)
