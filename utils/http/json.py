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
