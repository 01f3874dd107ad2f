"""Requests into values: `takes` declares what a view reads, faults become one 422 (http.md section 4).

Order (section 5): a broken body is refused before authentication, by `decode_body`, which runs as a
hook; path, query and body are judged together, after the role, by the wrapper that `takes` makes.
"""

import functools
import json
import re
from collections.abc import Callable
from typing import Any

from flask import g, request
from marshmallow import ValidationError

from models import documents, json_codec
from models.large import LARGE, breathe
from utils.http.errors import ApiError, Invalid
from utils.http.fields import MISSING, Fault, Form

_JSON_TYPE = re.compile(r"application/(?:[\w.!#$&^-]+\+)?json\s*(?:;|$)", re.IGNORECASE)
_ABSENT = object()
View = Callable[..., Any]


def takes(
    *,
    body: type[Form] | None = None,
    query: type[Form] | None = None,
    optional: bool = False,
    free: bool = False,
    numbers: tuple[str, ...] = (),
) -> Callable[[View], View]:
    """Declares a JSON `body` and a `query`; the view gets them as keyword arguments of those names.

    `optional` lets the body be absent (it is None then). `free` takes any JSON object as the body.
    `numbers` are the path parts that are whole numbers; the view gets them as such.
    """
    query_form = query() if query else None
    body_form = body() if body else None

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def parsed(*args: Any, **kwargs: Any) -> Any:
            faults: list[dict[str, Any]] = []
            for name in numbers:
                if isinstance(kwargs.get(name), str):
                    kwargs[name] = _path_number(kwargs[name], name, faults)
            if query_form is not None:
                kwargs["query"] = _load(query_form, _query(), "query", faults)
            if body_form is not None:
                kwargs["body"] = _body(body_form, optional, faults)
            elif free:
                kwargs["body"] = _free_body(faults)
            if faults:
                raise Invalid(faults)
            return view(*args, **kwargs)

        parsed.takes = {"body": body, "query": query, "optional": optional, "free": free}  # type: ignore[attr-defined]
        return parsed

    return decorate


def decode_body() -> None:
    """Reads the JSON body of a view that takes one into `g.body`, before anybody is identified.

    Raises `Invalid` for broken JSON and 400 for a body that is not UTF-8.
    """
    view = g.view
    wanted = getattr(view, "takes", None)
    if wanted is None or not (wanted["body"] or wanted["free"]):
        return
    raw = _received()
    if not raw:
        g.body = _ABSENT
        return
    if not _JSON_TYPE.match(request.content_type or ""):
        g.body = _utf8(raw)
        return
    g.body = _decode(raw)


def whole_body() -> bytes:
    """The body as it came. Raises 413."""
    raw = request.get_data(cache=True)
    if raw and len(raw) == request.max_content_length:
        # one of unknown length was cut there; reading on raises 413
        request.stream.read(1)
    return raw


def _received() -> bytes | bytearray:
    """The body; a large one is taken from the line in pieces, since much of it may be there at once."""
    if (request.content_length or 0) < LARGE:
        return whole_body()
    found = bytearray()
    while piece := request.stream.read(LARGE // 4):
        found += piece
        breathe(LARGE)
    return found


def _decode(raw: bytes | bytearray) -> Any:
    try:
        value = documents.decoded(raw)
    except UnicodeDecodeError:
        raise ApiError(400, "The body is not valid UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Invalid(
            [
                {
                    "type": "json_invalid",
                    "loc": ["body", error.pos],
                    "msg": "The body is not valid JSON.",
                    "input": {},
                    "ctx": {"error": error.msg},
                }
            ]
        ) from None
    except RecursionError:
        raise ApiError(400, "The body is nested too deeply.") from None
    return json_codec.clean(value) if rb"\u0000" in raw else value


def _utf8(raw: bytes | bytearray) -> str:
    try:
        return json_codec.clean_text(raw.decode())
    except UnicodeDecodeError:
        raise ApiError(400, "The body is not valid UTF-8.") from None


def _query() -> dict[str, str]:
    # of a repeated key the last one counts
    return {key: json_codec.clean_text(values[-1]) for key, values in request.args.lists()}


def _body(form: Form, optional: bool, faults: list[dict[str, Any]]) -> Any:
    value = g.get("body", _ABSENT)
    if value is _ABSENT or value is None:
        if optional:
            return None
        faults.append(_fault(MISSING, ["body"], None))
        return None
    if not isinstance(value, dict):
        faults.append(_fault(Fault("model_attributes_type", "An object is expected."), ["body"], value))
        return None
    return _load(form, value, "body", faults)


def _free_body(faults: list[dict[str, Any]]) -> Any:
    value = g.get("body", _ABSENT)
    if isinstance(value, dict):
        return value
    if value is _ABSENT or value is None:
        faults.append(_fault(MISSING, ["body"], None))
    else:
        faults.append(_fault(Fault("dict_type", "An object is expected."), ["body"], value))
    return None


def _load(form: Form, data: Any, place: str, faults: list[dict[str, Any]]) -> Any:
    try:
        return form.load(data)
    except ValidationError as error:
        _collect(error.messages, [place], data, faults)
        return None


def _collect(messages: Any, loc: list[Any], value: Any, faults: list[dict[str, Any]]) -> None:
    if isinstance(messages, dict):
        for key, inner in messages.items():
            if key == "_schema":
                _collect(inner, loc, value, faults)
                continue
            _collect(inner, [*loc, key], _part(value, key, inner, loc), faults)
        return
    if isinstance(messages, list) and any(isinstance(one, list) for one in messages):
        messages = [fault for one in messages for fault in (one if isinstance(one, list) else [one])]
    for one in messages if isinstance(messages, list) else [messages]:
        faults.append(
            _fault(one if isinstance(one, Fault) else Fault("value_error", str(one), {"error": {}}), loc, value)
        )


def _part(value: Any, key: Any, inner: Any, loc: list[Any]) -> Any:
    """What was received at `key`: the enclosing object for a missing body field, null for a query's."""
    if isinstance(value, dict) and key in value:
        return value[key]
    if isinstance(value, list) and isinstance(key, int):
        return value[key]
    if inner == [MISSING]:
        return None if loc[0] == "query" else value
    return value


def _fault(fault: Fault, loc: list[Any], value: Any) -> dict[str, Any]:
    item: dict[str, Any] = {"type": fault.type, "loc": loc, "msg": fault.message, "input": value}
    if fault.context is not None:
        item["ctx"] = dict(fault.context)
    return item


def _path_number(text: str, name: str, faults: list[dict[str, Any]]) -> int | None:
    if re.fullmatch(r"[+-]?\d{1,18}", text):
        return int(text)
    faults.append(_fault(Fault("int_parsing", "This text is not a whole number."), ["path", name], text))
    return None


def invalid(type: str, loc: list[Any], message: str, value: Any, context: dict[str, Any] | None = None) -> Invalid:
    """A 422 with one fault, for rules that a field alone cannot judge."""
    return Invalid([_fault(Fault(type, message, context), loc, value)])
