"""What the analytics area takes in. Times are seconds since the epoch."""

from utils.http.fields import Boolean, Form, Integer, Literal, String


class SpanQuery(Form):
    start_date = Integer(allow_none=True, load_default=None)
    end_date = Integer(allow_none=True, load_default=None)


class PeriodQuery(SpanQuery):
    group_id = String(allow_none=True, load_default=None)


class UsersQuery(PeriodQuery):
    limit = Integer(load_default=50)
    metric = Literal("messages", "tokens", load_default="messages")


class StepsQuery(PeriodQuery):
    granularity = Literal("10m", "hourly", "3h", "6h", "daily", load_default="daily")
    metric = Literal("messages", "tokens", load_default="messages")
    compare = Boolean(load_default=False)


class MessagesQuery(Form):
    model_id = String(allow_none=True, load_default=None)
    user_id = String(allow_none=True, load_default=None)
    chat_id = String(allow_none=True, load_default=None)
    start_date = Integer(allow_none=True, load_default=None)
    end_date = Integer(allow_none=True, load_default=None)
    skip = Integer(load_default=0)
    limit = Integer(le=100, load_default=50)


class ChatsQuery(SpanQuery):
    skip = Integer(load_default=0)
    limit = Integer(le=100, load_default=50)
    order_by = String(load_default="updated_at")
    direction = String(load_default="desc")


class OverviewQuery(Form):
    days = Integer(load_default=30)
