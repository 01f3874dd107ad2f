"""Figures about who used which models and how much, counted by the database from the rows of `chat_message`
(data.md, two stores of one chat): replies, that is rows of role assistant, and their `usage`.

Periods are in seconds since the epoch, both ends included; 0 and None are no bound. They are held
against `created_at` as it is stored. Days and smaller steps of time are those of UTC.
"""

from dataclasses import dataclass
from typing import Any

from models import json_codec
from models.base import now
from models.chat_lists import by_index, select
from models.database import is_sqlite

DAY = 86400
_EARLIEST = 1577836800  # 2020-01-01: what claims to be older, or to come, has a broken clock (data.md, time units)
_MILLISECONDS = 10**10
_FAR = 2**53
_MOST_TOKENS = 10**15
_TOP_TAGS = 10


@dataclass(frozen=True)
class Period:
    """A span of time and, where given, the group whose members count."""

    start: int | None = None
    end: int | None = None
    group_id: str | None = None

    def condition(self) -> tuple[str, tuple[Any, ...]]:
        """The SQL condition for replies of this period, and its parameters."""
        parts = ["role = 'assistant'"]
        params: list[Any] = []
        for bound, part in ((self.start, "created_at >= ?"), (self.end, "created_at <= ?")):
            if bound:
                parts.append(part)
                params.append(_within(bound))
        if self.group_id:
            parts.append("user_id IN (SELECT user_id FROM group_member WHERE group_id = ?)")
            params.append(self.group_id)
        return " AND ".join(parts), tuple(params)


def _within(number: int) -> int:
    """`number` as a bound that both databases take."""
    return max(-_FAR, min(number, _FAR))


def _tokens(*names: str) -> str:
    """The SQL number under the first of `names` that the usage has; what is no number counts nothing."""
    if is_sqlite():
        found = ", ".join(f"CAST(json_extract(usage, '$.{name}') AS INTEGER)" for name in names)
        return f"min(COALESCE({found}, 0), {_MOST_TOKENS})"
    found = ", ".join(f"CAST(substring(usage->>'{name}' from '^-{{0,1}}[0-9]{{1,15}}') AS bigint)" for name in names)
    return f"COALESCE({found}, 0)"


def _input() -> str:
    return _tokens("input_tokens", "prompt_tokens")


def _output() -> str:
    return _tokens("output_tokens", "completion_tokens")


def _sums() -> str:
    return f"COALESCE(sum({_input()}), 0) AS input_tokens, COALESCE(sum({_output()}), 0) AS output_tokens"


def by_model(period: Period) -> list[dict[str, Any]]:
    """`{model_id, count, unique_users, unique_chats}` of every model, the most used first."""
    where, params = period.condition()
    return select(
        "SELECT model_id, count(*) AS count, count(DISTINCT user_id) AS unique_users, "
        f"count(DISTINCT chat_id) AS unique_chats FROM chat_message WHERE {where} AND model_id IS NOT NULL "
        "GROUP BY model_id ORDER BY count(*) DESC, model_id",
        *params,
    )


def tokens_by_model(period: Period) -> list[dict[str, Any]]:
    """`{model_id, input_tokens, output_tokens, message_count}` of every model, the costliest first."""
    where, params = period.condition()
    rows = select(
        f"SELECT model_id, {_sums()}, count(*) AS message_count FROM chat_message "
        f"WHERE {where} AND model_id IS NOT NULL GROUP BY model_id "
        f"ORDER BY sum({_input()}) + sum({_output()}) DESC, model_id",
        *params,
    )
    return [_whole(row) for row in rows]


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    # PostgreSQL adds big numbers up to decimals
    return row | {name: int(row[name]) for name in ("input_tokens", "output_tokens")}


def by_user(period: Period, limit: int, *, costliest: bool) -> list[dict[str, Any]]:
    """`{user_id, name, email, count, input_tokens, output_tokens}`: those with the most replies, or tokens,
    first. A negative `limit` leaves so many of the last out. Names are None where the account is gone."""
    where, params = period.condition()
    by_tokens = "input_tokens + output_tokens DESC, " if costliest else ""
    rows = select(
        "SELECT used.user_id, account.name, account.email, used.count, used.input_tokens, used.output_tokens "
        f"FROM (SELECT user_id, count(*) AS count, {_sums()} FROM chat_message "
        f"WHERE {where} AND user_id IS NOT NULL GROUP BY user_id) used "
        'LEFT JOIN "user" account ON account.id = used.user_id '
        f"ORDER BY {by_tokens}used.count DESC, used.user_id" + (" LIMIT ?" if limit >= 0 else ""),
        *params,
        *((_within(limit),) if limit >= 0 else ()),
    )
    return [_whole(row) for row in (rows if limit >= 0 else rows[:limit])]


def summary(period: Period) -> dict[str, int]:
    """How many replies of known models, chats, models and people there are."""
    where, params = period.condition()
    return select(
        "SELECT count(model_id) AS total_messages, count(DISTINCT chat_id) AS total_chats, "
        "count(DISTINCT model_id) AS total_models, count(DISTINCT user_id) AS total_users "
        f"FROM chat_message WHERE {where}",
        *params,
    )[0]


def has_members(group_id: str) -> bool:
    """Whether anybody is in the group."""
    return bool(select("SELECT 1 AS found FROM group_member WHERE group_id = ? LIMIT 1", group_id))


def by_step(period: Period, width: int, *, tokens: bool, later: int = 0) -> dict[int, dict[str, int]]:
    """Replies, or their tokens, of each model by the step of `width` seconds in which they were made; the
    keys are the moments at which steps begin. Moments are moved by `later` seconds first."""
    where, params = period.condition()
    figure = f"sum({_input()} + {_output()})" if tokens else "count(*)"
    moment = f"CASE WHEN created_at > {_MILLISECONDS} THEN created_at / 1000 ELSE created_at END"
    rows = select(
        f"SELECT step, model_id, sum(figure) AS figure FROM (SELECT (at + ?) - (at + ?) % {width:d} AS step, model_id, "
        f"figure FROM (SELECT CASE WHEN at < {_EARLIEST} OR at > ? THEN ? ELSE at END AS at, model_id, figure "
        f"FROM (SELECT {moment} AS at, model_id, {figure} AS figure FROM chat_message "
        f"WHERE {where} AND model_id IS NOT NULL GROUP BY {moment}, model_id) counted) dated) stepped "
        "GROUP BY step, model_id ORDER BY step, model_id",
        later,
        later,
        now() + DAY,
        now(),
        *params,
    )
    steps: dict[int, dict[str, int]] = {}
    for row in rows:
        steps.setdefault(int(row["step"]), {})[row["model_id"]] = int(row["figure"])
    return steps


def moment(stored: int) -> int:
    """The moment, in seconds, that a stored time stands for."""
    seconds = stored // 1000 if stored > _MILLISECONDS else stored
    return seconds if _EARLIEST <= seconds <= now() + DAY else now()


# -- single messages

_JSON = ("content", "output", "files", "sources", "embeds", "meta", "status_history", "error", "usage")
_MESSAGE = (
    "id, chat_id, user_id, role, parent_id, content, output, model_id, files, sources, embeds, meta, done, "
    "status_history, error, usage, context_summary, created_at, updated_at"
)


def of_chat(chat_id: str) -> list[dict[str, Any]]:
    """All messages of a chat in order of time, a question before its answer."""
    return _messages("chat_id = ? ORDER BY created_at, role DESC, id", chat_id)


def of_model(model_id: str, period: Period, skip: int, limit: int) -> list[dict[str, Any]]:
    """A model's replies, the latest first."""
    where, params = period.condition()
    return _latest(f"model_id = ? AND {where}", (model_id, *params), skip, limit)


def of_user(user_id: str, skip: int, limit: int) -> list[dict[str, Any]]:
    """The messages in somebody's chats, replies too, the latest first."""
    return _latest("user_id = ?", (user_id,), skip, limit)


def _latest(where: str, params: tuple[Any, ...], skip: int, limit: int) -> list[dict[str, Any]]:
    window, paged = _window(skip, limit)
    return _messages(f"{where} ORDER BY created_at DESC, role, id DESC{window}", *params, *paged)


def _window(skip: int, limit: int) -> tuple[str, tuple[int, int]]:
    """A negative `limit` is none."""
    return " LIMIT ? OFFSET ?", (limit if limit >= 0 else _FAR, _within(max(skip, 0)))


def _messages(rest: str, *params: Any) -> list[dict[str, Any]]:
    rows = select(f"SELECT {_MESSAGE} FROM chat_message WHERE {rest}", *params)
    for row in rows:
        row |= {name: json_codec.loads(row[name]) for name in _JSON if row[name] is not None}
        row["done"] = row["done"] is None or bool(row["done"])
    return rows


# -- one model

_CHAT_ORDERS = {"user_name": "COALESCE(account.name, '')"}


def chats_of_model(
    model_id: str, period: Period, skip: int, limit: int, order_by: str, way: str
) -> tuple[list[dict[str, Any]], int]:
    """The chats in which a model replied, as `{chat_id, user_id, user_name, first_message, updated_at}`, and
    how many there are; `first_message` is the title. `limit` 0 is none. Order: user_name or last change."""
    where, params = period.condition()
    inside = f"chat.id IN (SELECT chat_id FROM chat_message WHERE model_id = ? AND {where})"
    window, paged = _window(skip, limit or -1)
    upwards = "ASC" if way.lower() == "asc" else "DESC"
    rows = select(
        "SELECT chat.id AS chat_id, chat.user_id, account.name AS user_name, chat.title AS first_message, "
        'chat.updated_at FROM chat LEFT JOIN "user" account ON account.id = chat.user_id '
        f"WHERE {inside} ORDER BY {_CHAT_ORDERS.get(order_by, 'chat.updated_at')} {upwards}, chat.id{window}",
        model_id,
        *params,
        *paged,
    )
    return rows, select(f"SELECT count(*) AS n FROM chat WHERE {inside}", model_id, *params)[0]["n"]


def ratings_by_day(model_id: str, since: int) -> dict[int, tuple[int, int]]:
    """How often a model's replies were rated well and badly since a moment, by the moment the day begins;
    days without a rating of the model are absent."""
    rated, named = (_feedback(name) for name in ("rating", "model_id"))
    rows = select(
        f"SELECT created_at - created_at % {DAY} AS day, sum(CASE WHEN {rated} = '1' THEN 1 ELSE 0 END) AS won, "
        f"sum(CASE WHEN {rated} = '-1' THEN 1 ELSE 0 END) AS lost FROM feedback "
        f"WHERE {named} = ? AND created_at >= ? GROUP BY created_at - created_at % {DAY}",
        model_id,
        since,
    )
    return {row["day"]: (int(row["won"]), int(row["lost"])) for row in rows}


def _feedback(name: str) -> str:
    return f"CAST(json_extract(data, '$.{name}') AS TEXT)" if is_sqlite() else f"data->>'{name}'"


def tags_of_model(model_id: str) -> list[dict[str, Any]]:
    """`{tag, count}`: the ten commonest tags of the chats in which a model replied."""
    inside = "SELECT chat_id FROM chat_message WHERE model_id = ? AND role = 'assistant'"
    if is_sqlite():
        # an index holds the tags: the rows, whose documents lie before them, are not touched
        each = (
            "SELECT json_each.value AS tag, json_each.key AS place, chat.id AS chat_id "
            f"FROM {by_index('tags')}, json_each(chat.meta, '$.tags') "
            f'WHERE instr(meta, \'"tags":["\') > 0 AND chat.id IN ({inside})'
        )
    else:
        listed = "CASE WHEN json_typeof(chat.meta->'tags') = 'array' THEN chat.meta->'tags' ELSE '[]' END"
        each = (
            "SELECT listed.tag, listed.place, chat.id AS chat_id FROM chat, "
            f"json_array_elements_text({listed}) WITH ORDINALITY AS listed(tag, place) WHERE chat.id IN ({inside})"
        )
    return select(
        f"SELECT tag, count(*) AS count FROM ({each}) named GROUP BY tag "
        f"ORDER BY count(*) DESC, min(chat_id), min(place) LIMIT {_TOP_TAGS}",
        model_id,
    )
