"""What the evaluations area takes in."""

from utils.http.fields import Form, Integer, String


class FeedbackQuery(Form):
    order_by = String(allow_none=True, load_default=None)
    direction = String(allow_none=True, load_default=None)
    page = Integer(allow_none=True, load_default=1)
    model_id = String(allow_none=True, load_default=None)


class LeaderboardQuery(Form):
    query = String(allow_none=True, load_default=None)
