"""What the ollama area takes in."""

from utils.http.fields import Boolean, Form, Integer, List, Object, OneOf, OpenForm, String


class ConfigForm(Form):
    ENABLE_OLLAMA_API = Boolean(allow_none=True, load_default=None)
    OLLAMA_BASE_URLS = List(String(), required=True)
    OLLAMA_API_CONFIGS = Object(required=True)


class VerifyForm(Form):
    url = String(required=True)
    key = String(allow_none=True, load_default=None)
    config = Object(allow_none=True, load_default=None)


class IndexQuery(Form):
    url_idx = Integer(allow_none=True, load_default=None)


class FirstIndexQuery(Form):
    url_idx = Integer(load_default=0)


class NameForm(OpenForm):
    model = String(allow_none=True)


class PushForm(Form):
    model = String(required=True)
    insecure = Boolean(allow_none=True)
    stream = Boolean(allow_none=True)


class CreateForm(OpenForm):
    model = String(allow_none=True)
    stream = Boolean(allow_none=True)
    path = String(allow_none=True)


class CopyForm(Form):
    source = String(required=True)
    destination = String(required=True)


class EmbedForm(OpenForm):
    model = String(required=True)
    input = OneOf(required=True, **{"list[str]": List(String()), "str": String()})
    truncate = Boolean(allow_none=True)
    options = Object(allow_none=True)
    keep_alive = OneOf(int=Integer(), str=String(), allow_none=True)


class EmbeddingsForm(Form):
    model = String(required=True)
    prompt = String(required=True)
    options = Object(allow_none=True)
    keep_alive = OneOf(int=Integer(), str=String(), allow_none=True)


class GenerateForm(Form):
    model = String(required=True)
    prompt = String(allow_none=True)
    suffix = String(allow_none=True)
    images = List(String(), allow_none=True)
    format = OneOf(allow_none=True, **{"dict[any,any]": Object(), "str": String()})
    options = Object(allow_none=True)
    system = String(allow_none=True)
    template = String(allow_none=True)
    context = List(Integer(), allow_none=True)
    stream = Boolean(allow_none=True, load_default=True)
    raw = Boolean(allow_none=True)
    keep_alive = OneOf(int=Integer(), str=String(), allow_none=True)


class ResponsesForm(OpenForm):
    model = String(required=True)


class UrlForm(Form):
    url = String(required=True)
