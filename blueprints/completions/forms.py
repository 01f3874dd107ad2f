"""What decisions about replies take in."""

from utils.http.fields import Boolean, Form, Literal, Raw, String


class DecisionForm(Form):
    call_id = String(required=True)
    action = Literal("approve", "reject", "answer", required=True)
    answers = Raw(load_default=None)
    timed_out = Boolean(load_default=False)


class CompactForm(Form):
    model = String(allow_none=True, load_default=None)
