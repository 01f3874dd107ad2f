"""Figures for the administrator's page Analytics."""

from datetime import UTC, datetime

from blueprints.analytics import forms
from blueprints.analytics.steps import steps
from models import analytics
from models.analytics import DAY, Period
from models.base import now
from utils.access.roles import admin
from utils.http.area import Area
from utils.http.parse import takes

area = Area("analytics", __name__, "/api/v1/analytics")

_LONGEST_DAYS = 36500


def _period(query):
    return Period(query["start_date"], query["end_date"], query.get("group_id"))


@area.get("/models")
@admin
@takes(query=forms.PeriodQuery)
def models(query):
    return {"models": analytics.by_model(_period(query))}


@area.get("/users")
@admin
@takes(query=forms.UsersQuery)
def users(query):
    rows = analytics.by_user(_period(query), query["limit"], costliest=query["metric"] == "tokens")
    return {"users": [{**row, "total_tokens": row["input_tokens"] + row["output_tokens"]} for row in rows]}


@area.get("/summary")
@admin
@takes(query=forms.PeriodQuery)
def summary(query):
    return analytics.summary(_period(query))


@area.get("/daily")
@admin
@takes(query=forms.StepsQuery)
def daily(query):
    tokens = query["metric"] == "tokens"
    return {"data": steps(_period(query), query["granularity"], tokens=tokens, compare=query["compare"])}


@area.get("/tokens")
@admin
@takes(query=forms.PeriodQuery)
def tokens(query):
    rows = analytics.tokens_by_model(_period(query))
    taken, given = (sum(row[name] for row in rows) for name in ("input_tokens", "output_tokens"))
    return {
        "models": [
            {
                "model_id": row["model_id"],
                "input_tokens": row["input_tokens"],
                "output_tokens": row["output_tokens"],
                "total_tokens": row["input_tokens"] + row["output_tokens"],
                "message_count": row["message_count"],
            }
            for row in rows
        ],
        "total_input_tokens": taken,
        "total_output_tokens": given,
        "total_tokens": taken + given,
    }


@area.get("/messages")
@admin
@takes(query=forms.MessagesQuery)
def messages(query):
    # the narrowest of the three counts alone; without any there is nothing to show
    if query["chat_id"]:
        return analytics.of_chat(query["chat_id"])
    if query["model_id"]:
        return analytics.of_model(query["model_id"], _period(query), query["skip"], query["limit"])
    if query["user_id"]:
        return analytics.of_user(query["user_id"], query["skip"], query["limit"])
    return []


@area.get("/models/<path:model_id>/chats")
@admin
@takes(query=forms.ChatsQuery)
def chats_of_model(model_id, query):
    chats, total = analytics.chats_of_model(
        model_id, _period(query), query["skip"], query["limit"], query["order_by"], query["direction"]
    )
    return {"chats": chats, "total": total}


@area.get("/models/<path:model_id>/overview")
@admin
@takes(query=forms.OverviewQuery)
def overview_of_model(model_id, query):
    return {"history": _history(model_id, query["days"]), "tags": analytics.tags_of_model(model_id)}


def _history(model_id, days):
    """A day's ratings each, of the last `days` and today; from the first rating on where `days` is not positive."""
    moment = now()
    since = moment - min(days, _LONGEST_DAYS) * DAY if days > 0 else 0
    rated = analytics.ratings_by_day(model_id, since)
    if not since and not rated:
        return []
    first = (since or min(rated)) // DAY * DAY
    return [
        {
            "date": datetime.fromtimestamp(day, UTC).strftime("%Y-%m-%d"),
            "won": rated.get(day, (0, 0))[0],
            "lost": rated.get(day, (0, 0))[1],
        }
        for day in range(first, moment + 1, DAY)
    ]
