"""A reply that calls many tools made shorter while it grows: its earlier rounds give way to a summary.

The cut is marked by an item of the output, `{type, id, call_id, summary}`: what comes before the round of
`call_id`, and before the question, is no longer sent (chat.md section 10, Context compaction).
"""

from typing import Any

from models.database import connection
from utils.chat import compaction, history
from utils.chat.compaction import Cut, Limits
from utils.chat.items import CUT, new_item_id
from utils.chat.output import STREAM, Event
from utils.chat.payload import Draft
from utils.chat.tools.tool import Calling

Message = dict[str, Any]
Item = dict[str, Any]


def messages(draft: Draft, items: list[Item], said: list[Message]) -> list[Message]:
    """What the model is sent next: the conversation and `said`, the reply's own messages, after its last cut."""
    before = draft.messages[: len(draft.messages) - draft.reply_messages]
    summary, _ = history.since_cut(items)
    return compaction.with_summary(before, draft.summary, summary) + said if summary else before + said


def shorten(draft: Draft, items: list[Item], usage: Message | None, calling: Calling) -> list[Event]:
    """Cuts the reply where the next request would pass the threshold; returns the events that say so."""
    with connection():
        found = compaction.limits(draft.params.get("compact_token_threshold"))
    if not found.enabled:
        return []
    rounds = _rounds(history.expanded(items, draft.thinking_key))
    asked = [one for one in messages(draft, items, []) if one.get("role") != "system"]
    if not rounds or _size(asked, rounds, usage) <= found.threshold:
        return []
    kept = _first_kept(rounds, found)
    if kept is None or (kept == 0 and len(asked) < 2):
        return []
    summary = _summarised(draft, asked, rounds, kept, found, calling)
    call_id = rounds[kept][0]["tool_calls"][0]["id"]
    items.append({"type": CUT, "id": new_item_id("cc"), "call_id": call_id, "summary": summary})
    return [(STREAM, {"type": "response.output_item.done", "output_index": len(items) - 1, "item": dict(items[-1])})]


def _rounds(said: list[Message]) -> list[list[Message]]:
    """The messages of a reply by rounds: what the model said, and the results."""
    rounds: list[list[Message]] = []
    for message in said:
        if message["role"] == "assistant":
            rounds.append([])
        rounds[-1].append(message)
    return rounds


def _size(asked: list[Message], rounds: list[list[Message]], usage: Message | None) -> int:
    """About how many tokens: what the provider counted last and the results since, else all by its length."""
    spoken = [one for round_ in rounds for one in round_]
    last = rounds[-1][1:] if usage else asked + spoken
    return compaction.estimate([{"usage": usage}, *map(_row, last)])


def _first_kept(rounds: list[list[Message]], found: Limits) -> int | None:
    """The first round that stays: as many of the last as are allowed, but one. It has to have calls."""
    sizes = [compaction.estimate([*map(_row, one)]) for one in rounds]
    most = sum(sizes) * found.kept / 100
    place, size = len(rounds) - 1, sizes[-1]
    while place > 0 and size + sizes[place - 1] <= most:
        place -= 1
        size += sizes[place]
    return next((at for at in range(place, len(rounds)) if rounds[at][0].get("tool_calls")), None)


def _summarised(
    draft: Draft, asked: list[Message], rounds: list[list[Message]], kept: int, found: Limits, calling: Calling
) -> str:
    told = {"action": "context_compaction", "description": "Summarising earlier steps", "done": False}
    calling.tell("context_compaction", told)
    leaving, staying = [*asked, *sum(rounds[:kept], [])], sum(rounds[kept:], [])
    where = Cut([_row(one) for one in leaving], [_row(one) for one in staying], draft.summary)
    with connection():
        model = compaction.task_model(found, calling.turn.user, draft.model)
    summary = compaction.summarise(where, found, model, calling.context)
    done = {"description": "Earlier steps were summarised", "done": True}
    calling.tell("context_compaction", {**told, **done, "checkpoint_message_id": None, "context_summary": summary})
    return summary


def _row(message: Message) -> Message:
    """A message as the summary's author reads it, with the calls in words."""
    functions = [call["function"] for call in message.get("tool_calls") or []]
    lines = [history.plain(message.get("content")), *(f"{one['name']}({one['arguments']})" for one in functions)]
    return {"role": message["role"], "content": "\n".join(one for one in lines if one)}
