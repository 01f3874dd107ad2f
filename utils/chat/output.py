"""A provider's chunks into output items and the events that browsers build them from.

Facts: chat.md sections 3 (output items) and 5 (events), realtime.md 6.2 and 6.3, journeys 04, 26, 34.
Nothing here waits, stores or sends: `feed` takes what arrived and says what to emit.
"""

import time
from typing import Any

from models import json_codec
from utils.chat import code_blocks, images, remarks, thinking, usage
from utils.chat.items import message_item, new_item_id, reasoning_item, structured_item
from utils.chat.response_events import ResponseEvents
from utils.chat.tags import SOLUTION, TagReader

Event = tuple[str, Any]
"""What to emit: the type of an `events` envelope and its data."""

STREAM, STATE = "response:completion", "chat:completion"
_REASONING_FIELDS = ("reasoning_content", "reasoning", "thinking")


class Output:
    """The growing answer of one message. `items` is its state; events refer to places in it.

    `tags`: pairs of reasoning tags to look for in text, or none. `items` of an answer to continue.
    `snapshots`: every change is told as the whole output (continuing a message, chat.md 5). `runs_code`: a block
    of code in the text ends the round (`cut`).
    """

    def __init__(
        self,
        tags: list[tuple[str, str]],
        items: list[dict[str, Any]] | None = None,
        *,
        snapshots: bool = False,
        runs_code: bool = False,
    ) -> None:
        self.items: list[dict[str, Any]] = items if items is not None else []
        self.usage: dict[str, Any] | None = None
        self.error: Any = None
        self.pictures: list[str] = []
        self.snapshots = snapshots
        self._round_usage: dict[str, Any] | None = None
        self.cut = False
        self._head: str | None = None
        self._tags = TagReader(tags, (SOLUTION, code_blocks.TAG) if runs_code else (SOLUTION,))
        self._calls: dict[int, dict[str, Any]] = {}
        self._given: dict[int, Any] = {}  # the ids that calls began with
        self._open: dict[str, Any] | None = None
        self._thought: dict[str, Any] | None = None
        self._response: ResponseEvents | None = None
        self._events: list[Event] = []

    def _resume(self, item: dict[str, Any]) -> None:
        """New text of a continued message becomes a second part of its last item."""
        item["status"] = "in_progress"
        item.setdefault("content", []).append({"type": "output_text", "text": ""})
        self._open = item

    # -- what arrives

    def feed(self, chunks: list[dict[str, Any]]) -> list[Event]:
        """Takes the chunks of one read; returns what to emit, in order."""
        self._events = []
        for chunk in chunks:
            self._take(chunk)
        return self._events

    def _take(self, chunk: dict[str, Any]) -> None:
        if chunk.get("error"):
            self.error = chunk["error"]
            self._emit(STATE, {"error": self.error})
            return
        kind = chunk.get("type")
        if isinstance(kind, str) and (kind.startswith("response.") or kind == "error"):
            self._take_response_event(chunk)
            return
        if (remark := remarks.of_chunk(chunk)) is not None:
            self._emit(*remark)
            return
        if said := usage.of_chunk(chunk):
            self._take_usage(said)
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else None
        if choice is not None and self._response is None:
            delta = choice.get("delta")
            self._take_delta(chunk, delta if isinstance(delta, dict) else {})
        elif "selected_model_id" in chunk:
            self._emit(STATE, chunk)

    def _take_usage(self, given: dict[str, Any]) -> None:
        self._round_usage = usage.normalised(given)
        self._emit(STATE, {"usage": usage.summed(self.usage, self._round_usage)})

    def _take_delta(self, chunk: dict[str, Any], delta: dict[str, Any]) -> None:
        if self.cut:
            return
        for source in remarks.cited(delta.get("annotations")):
            self._emit("source", source)
        spoke = self._take_thinking(delta)
        if pictures := images.named(delta.get("images")):
            self.pictures += pictures
            spoke = True
        if isinstance(delta.get("tool_calls"), list):
            self._close_open()
            for item, function in [self._known_call(call) for call in delta["tool_calls"] if isinstance(call, dict)]:
                self._take_arguments(item, function)
            spoke = True
        content = delta.get("content")
        if isinstance(content, str) and content:
            self._read(content)
        elif not spoke:
            self._emit(STREAM if delta else STATE, chunk)

    def _take_thinking(self, delta: dict[str, Any]) -> bool:
        """Thinking that is kept apart from the text; whether there was any."""
        said = next((delta[name] for name in _REASONING_FIELDS if isinstance(delta.get(name), str) and delta[name]), "")
        if said:
            self._think(said)
        details = delta.get("reasoning_details")
        if isinstance(details, list) and details:
            self._take_details(details)
        return bool(said or (isinstance(details, list) and details))

    # -- text and thinking

    def _read(self, content: str) -> None:
        if self._open is not None and self._open["type"] == "reasoning" and not self._tags.inside:
            self._close_open()
        turned = False
        for kind, text in self._tags.read(content):
            if kind in ("text", "thought"):
                self._take_text(kind, text, silently=turned)
                continue
            # from a tag on, what the chunk still holds is told with the whole output
            turned = True
            if kind == "begin":
                self._begin_thought(*text)
            else:
                self._end_thought()
                if self.cut:
                    break
        if turned:
            self._emit_state()

    def _take_text(self, kind: str, text: str, *, silently: bool) -> None:
        if kind == "thought" and self._open is not None and self._open["type"] == code_blocks.TYPE:
            self._take_code(self._open, text, silently=silently)
        elif silently and self._open is not None:
            self._open["content"][-1]["text"] += text
        elif kind == "text":
            self._write(text)
        else:
            item = self._open or {}
            is_text = item.get("type") == "message"
            self._append(item, text, "response.output_text.delta" if is_text else "response.reasoning_text.delta")

    def _take_code(self, item: dict[str, Any], text: str, *, silently: bool) -> None:
        is_new = self._head is not None
        if self._head is not None:
            self._head, text = code_blocks.opened(item, self._head + text)
        item["code"] += text
        if silently or self._head is not None:
            return
        if is_new:
            self._emit_state()
        else:
            self._tell_text(item, text, "response.output_text.delta")

    def _write(self, text: str) -> None:
        if self._open is None and self.snapshots and self.items and self.items[-1].get("type") == "message":
            self._resume(self.items[-1])
        elif self._open is None or self._open["type"] != "message":
            self._close_open()
            self._open = message_item()
            self.items.append(self._open)
        self._append(self.items[-1], text, "response.output_text.delta")

    def _begin_thought(self, start_tag: str, end_tag: str, attributes: dict[str, str]) -> None:
        self._close_open()
        is_code = (start_tag, end_tag) == code_blocks.TAG
        if (start_tag, end_tag) == SOLUTION:
            self._open = message_item()
        else:
            self._open = code_blocks.begun() if is_code else reasoning_item(start_tag, end_tag, attributes)
        self._head = "" if is_code else None
        self.items.append(self._open)

    def _end_thought(self) -> None:
        ended = self._open
        self.cut = ended is not None and ended["type"] == code_blocks.TYPE
        self._close_open(silently=True)
        if self.cut:
            return
        if ended is not None and not _has_text(ended):
            # many models think of nothing when they are told not to think
            self.items.pop()
        self._open = message_item()
        self.items.append(self._open)

    def _think(self, text: str) -> None:
        """Thinking that the provider keeps apart; tags in text are not looked for any more then."""
        if self._thought is None:
            self._open = self._begin_structured()
        self._append(self._thought or {}, text, "response.reasoning_text.delta")

    def _begin_structured(self) -> dict[str, Any]:
        self._tags.stop()
        self._close_open()
        self._open = self._thought = structured_item()
        self.items.append(self._open)
        item = {**self._open, "content": []}
        self._emit(STREAM, {"type": "response.output_item.added", "output_index": self._index(), "item": item})
        return self._open

    def _take_details(self, pieces: list[Any]) -> None:
        """They belong to the thinking of this round, and may come before it or after it has ended."""
        item = self._thought or self._begin_structured()
        thinking.add(item.setdefault("reasoning_details", []), pieces)
        self._emit_state()

    def _append(self, item: dict[str, Any], text: str, kind: str) -> None:
        if not text:
            return
        if not item["content"]:
            item["content"].append({"type": "output_text", "text": ""})
        item["content"][-1]["text"] += text
        self._tell_text(item, text, kind)

    def _tell_text(self, item: dict[str, Any], text: str, kind: str) -> None:
        if self.snapshots:
            self._emit_state()
            return
        last = self._events[-1][1] if self._events and self._events[-1][0] == STREAM else None
        if last is not None and last.get("type") == kind and last.get("item_id") == item["id"]:
            last["delta"] += text
            return
        self._emit(
            STREAM,
            {
                "type": kind,
                "item_id": item["id"],
                "output_index": self._place_of(item),
                "content_index": max(len(item.get("content") or ()) - 1, 0),
                "delta": text,
            },
        )

    def _index(self) -> int:
        return len(self.items) - 1

    def _close_open(self, *, silently: bool = False) -> None:
        """The item that was growing is complete."""
        item, self._open = self._open, None
        if item is None:
            return
        if item["type"] == code_blocks.TYPE:
            code_blocks.end(item)
            return
        item["status"] = "completed"
        if item["type"] == "reasoning":
            if item is not self._thought:
                for part in item["content"][:1]:
                    part["text"] = part["text"].strip()
            item["ended_at"] = time.time()
            item["duration"] = int(item["ended_at"] - item["started_at"])
            if not silently:
                index = self.items.index(item)
                # it may grow again, which the page is told as well
                done = {**item, "content": [dict(part) for part in item["content"]]}
                self._emit(STREAM, {"type": "response.output_item.done", "output_index": index, "item": done})

    # -- tool calls

    def _known_call(self, call: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The item of a call, which may begin with this piece, and the piece's function."""
        given, call_id, function = call.get("index"), call.get("id"), call.get("function")
        index = given if isinstance(given, int) else len(self._calls)
        function = function if isinstance(function, dict) else {}
        name, begun_as = str(function.get("name") or ""), self._given.get(index)
        if name and begun_as and call_id and call_id != begun_as:
            # another call in the place of one that is complete
            self._calls[-1 - len(self._calls)] = self._calls.pop(index)
        if index not in self._calls:
            self._calls[index], self._given[index] = self._begin_call(call_id, name), call_id
        self._calls[index]["name"] = self._calls[index]["name"] or name
        return self._calls[index], function

    def _take_arguments(self, item: dict[str, Any], function: dict[str, Any]) -> None:
        given = function.get("arguments")
        arguments = json_codec.dumps(given) if isinstance(given, dict) else given if isinstance(given, str) else ""
        if function:
            item["arguments"] += arguments
            place = self._place_of(item)
            data = {"type": "response.function_call_arguments.delta", "item_id": item["id"], "output_index": place}
            self._emit(STREAM, {**data, "delta": arguments})

    def _place_of(self, item: dict[str, Any]) -> int:
        return next(place for place in reversed(range(len(self.items))) if self.items[place] is item)

    def _begin_call(self, call_id: Any, name: str) -> dict[str, Any]:
        used = {item.get("call_id") for item in self.items}
        if not isinstance(call_id, str) or not call_id or call_id in used:
            call_id = new_item_id("fc")
        item = {
            "type": "function_call",
            "id": call_id,
            "call_id": call_id,
            "name": name,
            "arguments": "",
            "status": "in_progress",
        }
        self.items.append(item)
        self._emit(STREAM, {"type": "response.output_item.added", "output_index": self._index(), "item": dict(item)})
        return item

    # -- a provider that speaks the Responses API itself

    def _take_response_event(self, event: dict[str, Any]) -> None:
        if self._response is None:
            # a provider speaks one of the two; what it said in the other stays as it is
            self._close_open()
            self._response = ResponseEvents(self.items)
        told = self._response.take(event)
        if self._response.error is not None and self._response.error is not self.error:
            self.error = self._response.error
            self._emit(STATE, {"error": self.error})
        self._emit(STREAM, told)
        if self._response.usage is not None:
            self._round_usage = usage.normalised(self._response.usage)
        if event["type"] == "response.completed" and self._round_usage is not None:
            self._emit(STATE, {"usage": usage.summed(self.usage, self._round_usage)})

    def snapshot(self) -> list[dict[str, Any]]:
        """The items as they are now; what comes later does not change them."""
        growing = ("content", "reasoning_details")
        return [
            {**item, **{key: [dict(part) for part in item[key] or ()] for key in growing if key in item}}
            for item in self.items
        ]

    # -- the end of a round, and of the answer

    def end_round(self) -> list[Event]:
        """The provider's stream is over: what was held back is text, calls are complete."""
        self._events = []
        for kind, text in self._tags.rest():
            self._take_text(kind, text, silently=False)
        self._close_open(silently=self._tags.inside)
        if self.cut or code_blocks.waiting(self.items):
            self._tags.close()
        self.cut = False
        for item in self._calls.values():
            item["status"] = "completed"
            place = self._place_of(item)
            data = {"type": "response.function_call_arguments.done", "item_id": item["id"], "output_index": place}
            self._emit(STREAM, {**data, "arguments": item["arguments"]})
            self._emit(STREAM, {"type": "response.output_item.done", "output_index": place, "item": dict(item)})
        if self._response is not None:
            self._response.close()
        self._calls, self._given, self._thought, self._response = {}, {}, None, None
        if self._round_usage is not None:
            self.usage = usage.summed(self.usage, self._round_usage)
            self._round_usage = None
        return self._events

    def take(self, other: "Output") -> None:
        """Adds what another round said."""
        self.items += other.items
        self.pictures += other.pictures
        if other.usage:
            self.usage = usage.summed(self.usage, other.usage)

    def pending_calls(self) -> list[dict[str, Any]]:
        """Function calls of the answer that have no result yet."""
        answered = {item.get("call_id") for item in self.items if item.get("type") == "function_call_output"}
        return [
            item for item in self.items if item.get("type") == "function_call" and item.get("call_id") not in answered
        ]

    def finished(self) -> list[dict[str, Any]]:
        """The items as they are stored: a text at the end trimmed, empty texts left out."""
        if self.items and self.items[-1].get("type") == "message":
            parts = [part for part in self.items[-1].get("content") or [] if isinstance(part, dict)]
            if parts and isinstance(parts[-1].get("text"), str):
                parts[-1]["text"] = parts[-1]["text"].strip() if len(parts) == 1 else parts[-1]["text"].rstrip()
        self.items = [item for item in self.items if item.get("type") != "message" or _has_text(item)]
        return self.items

    def interrupted(self) -> list[dict[str, Any]]:
        """The items as they stand when the answer is cut: what was growing is incomplete."""
        self._open = None
        self._calls, self._given = {}, {}
        for item in self.items:
            if item.get("status") == "in_progress":
                item["status"] = "incomplete"
        if self._round_usage is not None:
            self.usage = usage.summed(self.usage, self._round_usage)
            self._round_usage = None
        return [item for item in self.items if item.get("type") != "message" or _has_text(item)]

    def _emit(self, kind: str, data: Any) -> None:
        if self.snapshots and kind == STREAM:
            self._emit_state("response.output_text.delta" if "choices" not in data else None)
            return
        self._events.append((kind, data))

    def _emit_state(self, kind: str | None = "response.output_text.delta") -> None:
        data: dict[str, Any] = {"output": self.snapshot()}
        if self.snapshots:
            data["type"] = kind
            last = self._events[-1] if self._events else None
            if last is not None and last[0] == STATE and "output" in last[1] and last[1].get("type") == kind:
                self._events.pop()
        self._events.append((STATE, data))


def _has_text(item: dict[str, Any]) -> bool:
    parts = [part for part in item.get("content") or [] if isinstance(part, dict)]
    return any(part.get("text") or part.get("refusal") for part in parts)


def from_completion(completion: dict[str, Any]) -> Output:
    """The output of an answer that did not come as a stream. Tool calls in it are not run (chat.md 5)."""
    output = Output([])
    choices = completion.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    message = choice["message"] if isinstance(choice.get("message"), dict) else {}
    text = message.get("content")
    thought = next((message[field] for field in _REASONING_FIELDS if isinstance(message.get(field), str)), "")
    if thought:
        item = structured_item()
        item["content"].append({"type": "output_text", "text": thought.strip()})
        output.items.append(item | {"status": "completed", "ended_at": item["started_at"], "duration": 0})
    output.items.append(message_item(text if isinstance(text, str) else "", "completed"))
    output.pictures = images.named(message.get("images"))
    if isinstance(completion.get("usage"), dict):
        output.usage = usage.normalised(completion["usage"])
    return output
