"""When something that comes again comes (RFC 5545 rules). All times are nanoseconds, UTC."""

import datetime
import itertools
from collections.abc import Iterator

_NS = 10**9
_MOST = 1000


def moment(text: str) -> int:
    """An ISO 8601 time; one without a zone is UTC. Raises `ValueError`."""
    read = datetime.datetime.fromisoformat(text)
    return int(_aware(read).timestamp()) * _NS


def dates(rule: str, first: int | None, start: int, end: int) -> Iterator[int]:
    """The dates of `rule` from `start` to `end`, a thousand at most; `first` is where a rule without a
    DTSTART of its own begins. A rule that cannot be read has none."""
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - only for calendars that have such events

    begin = None if first is None else datetime.datetime.fromtimestamp(first // _NS, datetime.UTC)
    low, high = (datetime.datetime.fromtimestamp(one / _NS, datetime.UTC) for one in (start, end))
    try:
        parsed = rrulestr(rule, dtstart=begin)
        if parsed._dtstart.tzinfo is None:
            low, high = low.replace(tzinfo=None), high.replace(tzinfo=None)
        found = list(itertools.islice(parsed.xafter(low, inc=True), _MOST))
    except (ValueError, TypeError, AttributeError):
        return
    for date in found:
        if date > high:
            return
        yield int(_aware(date).timestamp()) * _NS


def _aware(date: datetime.datetime) -> datetime.datetime:
    return date if date.tzinfo else date.replace(tzinfo=datetime.UTC)
