"""A file that comes in as multipart/form-data (http.md sections 4 and 15)."""

from collections.abc import Callable
from typing import Any

from flask import request
from werkzeug.datastructures import FileStorage, MultiDict

from utils.http.errors import bad_request
from utils.http.parse import invalid


def sent_file(name: str, into: Callable[..., Any]) -> FileStorage:
    """The file in field `name`, written to what `into` makes (its `stream`). Raises 400 for a body that cannot be read,
    413 for one that is too large, 422 where no file was sent."""
    sent = _parsed(into).get(name)
    if sent is not None:
        return sent
    if name in request.form:
        raise invalid("value_error", ["body", name], "A file is expected.", request.form[name], {"error": {}})
    if request.mimetype == "multipart/form-data" and not request.files and not request.form:
        raise bad_request("The body cannot be read.")
    raise invalid("missing", ["body", name], "This field is required.", None)


def _parsed(into: Callable[..., Any]) -> MultiDict[str, FileStorage]:
    """The files of the body. One that breaks off, or cannot be written, leaves nothing."""
    made: list[Any] = []

    def another(*args: Any, **kwargs: Any) -> Any:
        made.append(into(*args, **kwargs))
        return made[-1]

    request._get_file_stream = another  # type: ignore[method-assign]
    try:
        return request.files
    except BaseException:
        for one in made:
            one.close()
        raise
