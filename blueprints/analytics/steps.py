"""A period cut into steps of time, each with its figures by model, and beside them those of the period
before (openapi: DailyStatsResponse)."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from models import analytics
from models.analytics import Period
from utils.http.errors import bad_request

WIDTHS = {"10m": 600, "hourly": 3600, "3h": 10800, "6h": 21600, "daily": analytics.DAY}
"""Seconds of a step."""
MOST_STEPS = 100_000


def steps(period: Period, granularity: str, *, tokens: bool, compare: bool) -> list[dict[str, Any]]:
    """The steps in order: of a period with two ends all, else those in which something happened. Raises 400
    for a comparison without two ends, and for more steps than anybody can look at."""
    if period.group_id and not analytics.has_members(period.group_id):
        return []
    width = WIDTHS[granularity]
    if compare:
        return _compared(period, width, granularity, tokens)
    figures = analytics.by_step(period, width, tokens=tokens)
    return [_entry(begin, granularity, figures.get(begin, {})) for begin in _begins(period, width) or figures]


def _compared(period: Period, width: int, granularity: str, tokens: bool) -> list[dict[str, Any]]:
    if not period.start or not period.end or period.end < period.start:
        raise bad_request("To compare, give a start and an end of the period.")
    length = period.end - period.start + 1
    figures = analytics.by_step(period, width, tokens=tokens)
    before = replace(period, start=period.start - length, end=period.start - 1)
    earlier = analytics.by_step(before, width, tokens=tokens, later=length)
    entries = []
    for begin in _begins(period, width):
        span = max(begin, period.start), min(begin + width, period.end + 1)
        entry = _entry(begin, granularity, figures.get(begin, {}))
        entry |= {"start": _iso(span[0]), "end": _iso(span[1])}
        entry["previous"] = {
            "models": earlier.get(begin, {}),
            "start": _iso(span[0] - length),
            "end": _iso(span[1] - length),
        }
        entries.append(entry)
    return entries


def _begins(period: Period, width: int) -> range:
    """The moments at which the steps of a period with two ends begin; none for another period."""
    if not period.start or not period.end:
        return range(0)
    first, last = (analytics.moment(bound) // width * width for bound in (period.start, period.end))
    found = range(first, last + 1, width)
    if len(found) > MOST_STEPS:
        raise bad_request("The period has too many steps; choose larger ones.")
    return found


def _entry(begin: int, granularity: str, models: dict[str, int]) -> dict[str, Any]:
    pattern = "%Y-%m-%d" if granularity == "daily" else "%Y-%m-%d %H:%M"
    date = datetime.fromtimestamp(begin, UTC).strftime(pattern)
    return {"date": date, "models": models, "start": None, "end": None, "previous": None}


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).replace(tzinfo=None).isoformat()
