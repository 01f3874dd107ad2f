"""A user's own statistics, from the counts of the database (`GET /api/v1/users/usage`)."""

import datetime
from collections import Counter
from itertools import pairwise
from typing import Any

from models import usage_stats
from models.base import now
from models.usage_stats import Count

_DAY = 86400
_LONGEST = 730
Entry = dict[str, Any]


FARTHEST = 50_000_000_000
"""Seconds from 1970 either way, some 1,580 years."""


def period(days: int | None, start: int | None, end: int | None) -> tuple[int, int, int]:
    """The seconds between which is counted, and how many days of the calendar that touches."""
    last = now() if end is None else end
    first = last - ((days or _LONGEST) - 1) * _DAY if start is None else start
    return first, last, last // _DAY - first // _DAY + 1


def statistics(user_id: str, start: int, end: int, days: int) -> dict[str, Any]:
    """The whole answer for the time from `start` to `end` (s)."""
    everything = usage_stats.counts(user_id)
    within = [one for one in everything if start // _DAY <= one.day <= end // _DAY]
    heatmap = _by_day(within, start // _DAY, end // _DAY)
    totals = _lifetime(everything, usage_stats.chats_of(user_id)) | _of_period(within, heatmap)
    models = _by_model(within)
    tools = Counter(usage_stats.tool_calls(user_id, start, end)).most_common()
    return {
        "totals": {name: totals[name] for name in _TOTALS},
        "heatmap": heatmap,
        "weekly_heatmap": _by_week(heatmap),
        "cumulative_heatmap": _added_up(heatmap),
        "insights": _insights(totals, models),
        "top_models": models,
        "top_tools": [{"name": name, "count": count} for name, count in tools],
        "period": {"start_date": start, "end_date": end, "days": days},
    }


_TOTALS = (
    "lifetime_tokens",
    "input_tokens",
    "output_tokens",
    "peak_daily_tokens",
    "longest_chat_seconds",
    "current_streak",
    "longest_streak",
    "total_chats",
    "active_days",
    "models_used",
    "messages",
    "user_messages",
    "assistant_messages",
)


def _lifetime(counts: list[Count], chats: int) -> dict[str, int]:
    spans: dict[str, tuple[int, int]] = {}
    for one in counts:
        first, last = spans.get(one.chat_id, (one.first, one.last))
        spans[one.chat_id] = min(first, one.first), max(last, one.last)
    given, taken = sum(one.input for one in counts), sum(one.output for one in counts)
    return {
        "lifetime_tokens": given + taken,
        "input_tokens": given,
        "output_tokens": taken,
        "longest_chat_seconds": max((last - first for first, last in spans.values()), default=0),
        "total_chats": chats,
        "models_used": len({one.model_id for one in counts if one.model_id}),
    }


def _of_period(counts: list[Count], heatmap: list[Entry]) -> dict[str, int]:
    by_role = Counter[str]()
    for one in counts:
        by_role[one.role] += one.messages
    lengths = [0]
    for entry in heatmap:
        lengths.append(lengths[-1] + 1 if entry["messages"] else 0)
    return {
        "peak_daily_tokens": max((entry["tokens"] for entry in heatmap), default=0),
        "current_streak": lengths[-1],
        "longest_streak": max(lengths),
        "active_days": sum(bool(entry["messages"]) for entry in heatmap),
        "messages": sum(by_role.values()),
        "user_messages": by_role["user"],
        "assistant_messages": by_role["assistant"],
    }


def _entry(day: int) -> Entry:
    date = datetime.date(1970, 1, 1) + datetime.timedelta(days=day)
    return {"date": date.isoformat(), "messages": 0, "chats": 0, "tokens": 0, "models": {}}


def _by_day(counts: list[Count], first: int, last: int) -> list[Entry]:
    entries = {day: _entry(day) for day in range(first, last + 1)}
    chats: dict[int, set[str]] = {}
    for one in counts:
        entry = entries[one.day]
        entry["messages"] += one.messages
        entry["tokens"] += one.input + one.output
        chats.setdefault(one.day, set()).add(one.chat_id)
        if one.model_id and one.role == "assistant":
            entry["models"][one.model_id] = entry["models"].get(one.model_id, 0) + one.messages
    for day, ids in chats.items():
        entries[day]["chats"] = len(ids)
    return list(entries.values())


def _plus(one: Entry, other: Entry, date: str) -> Entry:
    added = {name: one[name] + other[name] for name in ("messages", "chats", "tokens")}
    return {"date": date, **added, "models": dict(Counter(one["models"]) + Counter(other["models"]))}


def _by_week(heatmap: list[Entry]) -> list[Entry]:
    """Sums by week; a week is named by its Monday."""
    weeks: dict[str, Entry] = {}
    for entry in heatmap:
        date = datetime.date.fromisoformat(entry["date"])
        monday = (date - datetime.timedelta(days=date.weekday())).isoformat()
        weeks[monday] = _plus(weeks[monday], entry, monday) if monday in weeks else {**entry, "date": monday}
    return list(weeks.values())


def _added_up(heatmap: list[Entry]) -> list[Entry]:
    out = heatmap[:1]
    for _, entry in pairwise(heatmap):
        out.append(_plus(out[-1], entry, entry["date"]))
    return out


def _by_model(counts: list[Count]) -> list[Entry]:
    """What each model answered, the busiest first."""
    models: dict[str, Entry] = {}
    for one in counts:
        if not one.model_id or one.role != "assistant":
            continue
        entry = models.setdefault(
            one.model_id,
            {"model_id": one.model_id, "messages": 0, "input_tokens": 0, "output_tokens": 0, "total_tokens": 0},
        )
        entry["messages"] += one.messages
        entry["input_tokens"] += one.input
        entry["output_tokens"] += one.output
        entry["total_tokens"] += one.input + one.output
    return sorted(models.values(), key=lambda entry: -entry["messages"])


def _insights(totals: dict[str, int], models: list[Entry]) -> dict[str, Any]:
    def share(part: int, whole: int, scale: int = 1) -> float:
        return round(part * scale / whole, 2) if whole else 0.0

    return {
        "most_used_model": models[0]["model_id"] if models else None,
        "average_tokens_per_chat": share(totals["lifetime_tokens"], totals["total_chats"]),
        "average_messages_per_active_day": share(totals["messages"], totals["active_days"]),
        "user_message_share": share(totals["user_messages"], totals["messages"], 100),
        "assistant_message_share": share(totals["assistant_messages"], totals["messages"], 100),
    }
