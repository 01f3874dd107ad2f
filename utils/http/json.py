"""JSON over HTTP: compact, UTF-8 unescaped, NaN as null (http.md section 16)."""

from typing import Any

from flask import Response
from flask.json.provider import JSONProvider

from models import json_codec


class JSON(JSONProvider):
    """Flask's JSON, through the one codec that storage uses too."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return json_codec.dumps(obj)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return json_codec.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Any:
        return Response(json_codec.dumps_bytes(self._prepare_response_obj(args, kwargs)), mimetype="application/json")


def spliced(values: dict[str, Any], raw: dict[str, str]) -> bytes:
    """A JSON object of `values` and of `raw` members that are JSON text already: what is only passed
    through is not decoded to be encoded again."""
    head = json_codec.dumps_bytes(values)
    members = b",".join(json_codec.dumps_bytes(name) + b":" + text.encode() for name, text in raw.items())
    return (b"{" + members + b"}") if not values else head[:-1] + (b"," + members if members else b"") + b"}"
