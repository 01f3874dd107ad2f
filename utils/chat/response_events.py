"""What a provider that speaks the Responses API says, as items of an answer (chat.md section 5, providers.md 6).

Its events are told one to one, save that they count from the first item of the answer, whose earlier rounds the
provider does not know, and that a page is shown only what it needs of the whole response.
"""

from typing import Any

from utils.chat.items import sound, sound_list

_STATES = (
    "response.created",
    "response.queued",
    "response.in_progress",
    "response.completed",
    "response.failed",
    "response.incomplete",
)
_ENDS = ("response.completed", "response.incomplete")
_SHOWN = ("id", "output", "usage", "error")
_TEXTS = ("response.output_text.delta", "response.refusal.delta")
_MOST_PARTS = 64


class ResponseEvents:
    """One answer of such a provider. It changes `items` from place `begins` on.

    `usage` and `error` are what it said about itself, None where it said nothing.
    """

    def __init__(self, items: list[dict[str, Any]]) -> None:
        self.items, self.begins = items, len(items)
        self.usage: dict[str, Any] | None = None
        self.error: Any = None

    def take(self, event: dict[str, Any]) -> dict[str, Any]:
        """Takes in one event; returns it as a page is told of it."""
        kind = event["type"]
        if kind in _STATES:
            return self._state(event)
        if kind == "error":
            self.error = event
            return event
        if kind.startswith("response.output_item."):
            return self._item(event)
        if (place := self._place(event)) is None:
            return event
        self._change(self.items[place], event)
        return {**event, "output_index": place}

    def close(self) -> None:
        """The answer is over, and so is everything in it."""
        for item in self.items[self.begins :]:
            if item.get("status") in (None, "in_progress"):
                item["status"] = "completed"

    def _state(self, event: dict[str, Any]) -> dict[str, Any]:
        kind, given = event["type"], event.get("response")
        response: dict[str, Any] = given if isinstance(given, dict) else {}
        if isinstance(response.get("usage"), dict):
            self.usage = response["usage"]
        if kind == "response.failed":
            self.error = response.get("error") or {"message": "The provider reported a failure."}
        output = response.get("output")
        if kind in _ENDS and isinstance(output, list) and output:
            self.items[self.begins :] = sound_list(output)
        if kind in _ENDS:
            self.close()
        shown = {key: response[key] for key in _SHOWN if key in response}
        if self.begins:
            # what the page has of earlier rounds is to stay
            shown.pop("output", None)
        elif kind in _ENDS and output:
            shown["output"] = [dict(item) for item in self.items]
        return {**event, "response": shown}

    def _item(self, event: dict[str, Any]) -> dict[str, Any]:
        item = event.get("item")
        if not isinstance(item, dict):
            return event
        item = sound(item)
        if event["type"].endswith(".added"):
            item.setdefault("status", "in_progress")
        place = min(self._given_place(event), len(self.items))
        self.items[place : place + 1] = [item]
        return {**event, "output_index": place}

    def _given_place(self, event: dict[str, Any]) -> int:
        given = event.get("output_index")
        return self.begins + given if isinstance(given, int) and given >= 0 else len(self.items)

    def _place(self, event: dict[str, Any]) -> int | None:
        """Where the item of an event lies; text that does not say where it belongs goes to the last message."""
        place = self._given_place(event)
        if self.begins <= place < len(self.items):
            return place
        if event["type"] not in _TEXTS:
            return None
        if len(self.items) == self.begins or self.items[-1].get("type") != "message":
            message_id = str(event.get("item_id") or f"msg_{len(self.items)}")
            item = {"type": "message", "id": message_id, "role": "assistant", "content": []}
            self.items.append({**item, "status": "in_progress"})
        return len(self.items) - 1

    @staticmethod
    def _change(item: dict[str, Any], event: dict[str, Any]) -> None:
        kind, part, text = event["type"], event.get("part"), str(event.get("delta", ""))
        if kind in _TEXTS or kind == "response.reasoning_text.delta":
            key = "refusal" if kind == "response.refusal.delta" else "text"
            _grow(_parts(item, "content"), event.get("content_index"), key, "output_text", text)
        elif kind == "response.reasoning_summary_text.delta":
            _grow(_parts(item, "summary"), event.get("summary_index"), "text", "summary_text", text)
        elif kind in ("response.content_part.added", "response.content_part.done") and isinstance(part, dict):
            _room(_parts(item, "content"), event.get("content_index"), "output_text").update(sound(part))
        elif kind == "response.function_call_arguments.delta":
            item["arguments"] = str(item.get("arguments") or "") + text
        elif kind == "response.function_call_arguments.done" and isinstance(event.get("arguments"), str):
            item["arguments"] = event["arguments"]


def _parts(item: dict[str, Any], key: str) -> list[dict[str, Any]]:
    if item.get(key) is None:
        item[key] = []
    return item[key]


def _room(parts: list[dict[str, Any]], given: Any, kind: str) -> dict[str, Any]:
    """The part at the place `given`, made where there is none yet."""
    place = min(given, _MOST_PARTS) if isinstance(given, int) and given >= 0 else 0
    while len(parts) <= place:
        parts.append({"type": kind, "text": ""})
    return parts[place]


def _grow(parts: list[dict[str, Any]], given: Any, key: str, kind: str, text: str) -> None:
    part = _room(parts, given, kind)
    part[key] = str(part.get(key) or "") + text
