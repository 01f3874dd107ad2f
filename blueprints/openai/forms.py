"""What the openai area takes in."""

from utils.http.fields import (
    Boolean,
    Float,
    Form,
    Integer,
    List,
    Object,
    OneOf,
    OpenForm,
    String,
)


class ConfigForm(Form):
    ENABLE_OPENAI_API = Boolean(allow_none=True, load_default=None)
    OPENAI_API_BASE_URLS = List(String(), required=True)
    OPENAI_API_KEYS = List(String(), required=True)
    OPENAI_API_CONFIGS = Object(required=True)


class VerifyForm(Form):
    url = String(required=True)
    key = String(required=True)
    config = Object(allow_none=True, load_default=None)


class OperationForm(OpenForm):
    model = String(required=True)


class ResponsesForm(OpenForm):
    model = String(required=True)
    input = OneOf(allow_none=True, **{"list[any]": List(), "str": String()})
    instructions = String(allow_none=True)
    stream = Boolean(allow_none=True)
    temperature = Float(allow_none=True)
    max_output_tokens = Integer(allow_none=True)
    top_p = Float(allow_none=True)
    tools = List(allow_none=True)
    tool_choice = OneOf(allow_none=True, **{"str": String(), "dict[any,any]": Object()})
    text = Object(allow_none=True)
    truncation = String(allow_none=True)
    metadata = Object(allow_none=True)
    store = Boolean(allow_none=True)
    reasoning = Object(allow_none=True)
    previous_response_id = String(allow_none=True)


class IndexQuery(Form):
    url_idx = Integer(allow_none=True, load_default=None)


class ModelQuery(Form):
    model = String(required=True)
