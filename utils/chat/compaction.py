"""A long conversation made shorter: older messages give way to a summary (chat.md section 10).

The summary stands in `contextSummary` of the first message that is kept; a later request begins there.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models import chat_rows
from models.database import connection
from utils.chat import history, store, titles
from utils.chat.turn import Turn
from utils.http.errors import ApiError, bad_request
from utils.providers import catalog, completions, params
from utils.providers.catalog import Model
from utils.providers.context import Context, Person
from utils.settings import keys
from utils.settings.setting import read

Row = dict[str, Any]

_CAP, _SUMMARY_TOKENS = 80_000, 1000
_LEAST_PERCENT, _MOST_PERCENT = 10, 50
_CUT_LINE = 500
_CHARACTERS_A_TOKEN, _TOKENS_A_MESSAGE = 4, 4

MARK = "[Summary of the earlier conversation]"

PROMPT = """The messages below are about to leave the memory of an assistant; only your summary of them stays. Write
down what it needs to go on: decisions and their reasons, wishes and limits of the user, files, results of tools, and
pieces of work that still matter, what is unfinished and what comes next. Keep to what was said, and be brief.

What is known from before:
{{PREVIOUS}}

The messages that leave:
{{LEAVING}}

The messages that stay:
{{STAYING}}"""


@dataclass(frozen=True)
class Limits:
    """The settings in force. `threshold` in tokens; `kept`: what part stays, in percent."""

    enabled: bool
    threshold: int
    kept: int
    model: str
    template: str


def limits(asked_threshold: Any = None) -> Limits:
    """`asked_threshold` is `compact_token_threshold` of the chat's params."""
    enabled, threshold, cap, percent, model, template = read(
        keys.ENABLE_CONTEXT_COMPACTION,
        keys.CONTEXT_COMPACTION_TOKEN_THRESHOLD,
        keys.CONTEXT_COMPACTION_TOKEN_CAP,
        keys.CONTEXT_COMPACTION_RETENTION_PERCENTAGE,
        keys.CONTEXT_COMPACTION_MODEL,
        keys.CONTEXT_COMPACTION_PROMPT_TEMPLATE,
    )
    wanted = asked_threshold if _positive(asked_threshold) else threshold if _positive(threshold) else _CAP
    most = max(min(int(wanted), int(cap) if _positive(cap) else _CAP), 1)
    share = min(max(int(percent) if _positive(percent) else 40, _LEAST_PERCENT), _MOST_PERCENT)
    return Limits(bool(enabled), most, share, model or "", template or PROMPT)


def _positive(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


# -- how much there is


def estimate(rows: list[Row], *, of_now: bool = True) -> int:
    """About how many tokens these messages are: what the provider last counted, and what came since.
    `of_now`: what was counted before older messages left does not tell what is there now."""
    counted = 0
    for place in range(len(rows) - 1, -1, -1):
        usage = rows[place].get("usage")
        if isinstance(usage, dict) and not (of_now and rows[place].get("contextSummary")):
            counted = sum(_count(usage, *names) for names in (("prompt", "input"), ("completion", "output")))
            if counted:
                rows = rows[place + 1 :]
                break
    return counted + sum(_tokens(row) for row in rows)


def _count(usage: dict[str, Any], *names: str) -> int:
    found = next((usage[f"{name}_tokens"] for name in names if f"{name}_tokens" in usage), 0)
    return int(found) if _positive(found) else 0


def _tokens(row: Row) -> int:
    output = json.dumps(row["output"], ensure_ascii=False) if row.get("output") else ""
    content = row.get("content")
    text = content if isinstance(content, str) else json.dumps(content) if content else ""
    return _TOKENS_A_MESSAGE + len(text) // _CHARACTERS_A_TOKEN + len(output) // _CHARACTERS_A_TOKEN


def since_summary(rows: list[Row]) -> tuple[str, list[Row]]:
    """The last summary of a branch, and the messages from it on. A reply that was cut while it grew stays with
    its question, without what the cut took."""
    for place in range(len(rows) - 1, -1, -1):
        summary, kept = history.since_cut(rows[place].get("output") or [])
        if summary:
            question = rows[max(place - 1, 0) : place]
            plain = [{**row, "contextSummary": None} for row in question]
            return summary, [*plain, {**rows[place], "output": kept}, *rows[place + 1 :]]
        if rows[place].get("contextSummary"):
            return rows[place]["contextSummary"], rows[place:]
    return "", rows


def context_usage(chat_id: str, message_id: str | None) -> dict[str, Any] | None:
    """How full the context of a chat is: `{tokens, estimated_tokens, threshold, percent, source}`; None
    where compaction is off or nothing was said."""
    found = limits()
    if not found.enabled or not message_id:
        return None
    return _usage(history.branch(chat_id, message_id), found)


def _usage(rows: list[Row], found: Limits) -> dict[str, Any] | None:
    tokens = estimate(since_summary(rows)[1], of_now=False)
    if not rows:
        return None
    return {
        "tokens": tokens,
        "estimated_tokens": tokens,
        "threshold": found.threshold,
        "percent": tokens * 100 // found.threshold,
        "source": "estimated",
    }


# -- making it shorter


@dataclass(frozen=True)
class Cut:
    """Where a branch is cut: what leaves, what stays, and the summary of what left before."""

    leaving: list[Row]
    staying: list[Row]
    previous: str


def cut(rows: list[Row], kept: int) -> Cut | None:
    """About `kept` percent stay, at least one message, from a question on if one is among them; None where
    nothing would leave."""
    previous, rows = since_summary(rows)
    most = sum(_tokens(row) for row in rows) * kept / 100
    place, size = len(rows) - 1, 0
    while place > 0:
        size += _tokens(rows[place])
        if size + _tokens(rows[place - 1]) > most:
            break
        place -= 1
    place = next((at for at in range(place, len(rows)) if rows[at]["role"] == "user"), place)
    return Cut(rows[:place], rows[place:], previous) if place > 0 else None


def before_turn(turn: Turn, message_id: str, model: Model, tell: Callable[[str, Any], None]) -> None:
    """Shortens a stored conversation that has grown past the threshold, and tells the page of it."""
    if not turn.is_stored or not turn.user_message_id or turn.is_resumed:
        return
    with connection():
        found = _limits(turn, model)
        rows = history.branch(turn.chat_id or "", turn.user_message_id) if found.enabled else []
    if not _is_due(rows, found):
        return
    where = cut(rows, found.kept)
    if where is None:
        return
    told = {"action": "context_compaction", "description": "Summarising older messages", "done": False}
    tell("context_compaction", told)
    context = Context(user=turn.user, chat_id=turn.chat_id or "", message_id=message_id, **turn.provider_context)
    summary = summarise(where, found, task_model(found, turn.user, model), context)
    checkpoint = _keep(turn.chat_id or "", where, summary)
    done = {"description": "Older messages were summarised", "done": True}
    tell("context_compaction", {**told, **done, "checkpoint_message_id": checkpoint, "context_summary": summary})


def is_due(turn: Turn, model: Model, rows: list[Row]) -> bool:
    """Whether `before_turn` would shorten the conversation of these rows."""
    found = _limits(turn, model)
    return found.enabled and _is_due(rows, found)


def _limits(turn: Turn, model: Model) -> Limits:
    return limits(params.effective(model.params, turn.params).get("compact_token_threshold"))


def _is_due(rows: list[Row], found: Limits) -> bool:
    return bool(rows) and estimate(since_summary(rows)[1]) > found.threshold


def task_model(found: Limits, user: Person, model: Model) -> Model:
    """The model that summarises: the one chosen for it, else the one for small tasks."""
    return (catalog.find(found.model, user) if found.model else None) or titles.task_model(user, model)


def summarise(where: Cut, found: Limits, model: Model, context: Context) -> str:
    """The model's summary of what leaves; where it gives none, the beginnings of these messages."""
    text = found.template
    for name, value in (
        ("{{PREVIOUS}}", where.previous),
        ("{{LEAVING}}", _lines(where.leaving)),
        ("{{STAYING}}", _lines(where.staying)),
    ):
        text = text.replace(name, value)
    body: dict[str, Any] = {
        "model": model.id,
        "messages": [{"role": "user", "content": text}],
        "stream": False,
    }
    if model.owned_by == "ollama":
        body["options"] = {"num_predict": _SUMMARY_TOKENS}
    else:
        body["max_tokens"] = _SUMMARY_TOKENS
    try:
        answer = completions.complete(model, body, context).json()
    except ApiError as error:
        titles.log.warning("no summary for chat %s: %s", context.chat_id, error.detail)
        answer = None
    choices = answer.get("choices") if isinstance(answer, dict) else None
    message = (choices[0].get("message") or {}) if choices else {}
    return history.plain(message.get("content")).strip() or _shortened(where)


def _said(row: Row) -> str:
    return history.plain(row.get("content")) or store.text_of(row.get("output"))


def _lines(rows: list[Row]) -> str:
    return "\n".join(f"{str(row['role']).upper()}: {_said(row)}" for row in rows)


def _shortened(where: Cut) -> str:
    lines = [where.previous] if where.previous else []
    return "\n".join([*lines, *(f"- {row['role']}: {_said(row)[:_CUT_LINE]}" for row in where.leaving)])


def _keep(chat_id: str, where: Cut, summary: str) -> str:
    """Stores the summary with the first message that stays; returns the message's id."""
    checkpoint = where.staying[0]["id"]
    with connection(), store.edit(chat_id) as chat:
        if checkpoint in chat.messages:
            chat.put(checkpoint, {"contextSummary": summary})
    return checkpoint


def compact(chat_id: str, model_id: str | None, context: Context) -> dict[str, Any]:
    """Shortens a chat on request, whatever its size. `model_id`: the chat's model, if the page names it.

    `{ok, compacted, reason | dropped_messages, kept_messages, summary_chars, context_usage}`. Raises 400
    where no model can do it.
    """
    found = limits()
    if not found.enabled:
        return {"ok": True, "compacted": False, "reason": "disabled", "context_usage": None}
    row = chat_rows.small(chat_id, "current_message_id")
    rows = history.branch(chat_id, row["current_message_id"]) if row and row["current_message_id"] else []
    model_id = model_id or next((row["model"] for row in reversed(rows) if row.get("model")), None)
    chosen = catalog.find(model_id, context.user)
    if not rows and chosen is None:
        raise bad_request("There is no model that could summarise this chat.")
    where = cut(rows, found.kept) if rows else None
    if where is None:
        return {"ok": True, "compacted": False, "reason": "too_short", "context_usage": _usage(rows, found)}
    if chosen is None or not catalog.may_use(context.user, chosen):
        raise bad_request("There is no model that could summarise this chat.")
    summary = summarise(where, found, task_model(found, context.user, chosen), context)
    _keep(chat_id, where, summary)
    return {
        "ok": True,
        "compacted": True,
        "dropped_messages": len(where.leaving),
        "kept_messages": len(where.staying),
        "summary_chars": len(summary),
        "context_usage": _usage([{**where.staying[0], "contextSummary": summary}, *where.staying[1:]], found),
    }


def shortened(rows: list[Row]) -> tuple[list[Row], str]:
    """The part of a branch that a model is still sent, and the text that stands for what came before."""
    summary, kept = since_summary(rows)
    return kept, f"{MARK}\n{summary}" if summary else ""


def with_summary(messages: list[Row], old: str, summary: str) -> list[Row]:
    """The system message, with `summary` in place of the `old` summary's text, and the last question: what is
    left of a conversation in front of a reply that was cut."""
    marked = f"{MARK}\n{summary}"
    said = "\n".join(history.plain(one.get("content")) for one in messages if one.get("role") == "system")
    if old and old in said:
        said = said.replace(old, marked)
    else:
        said = f"{said}\n{marked}" if said else marked
    questions = [one for one in messages if one.get("role") == "user"]
    return [{"role": "system", "content": said}, *questions[-1:]]
