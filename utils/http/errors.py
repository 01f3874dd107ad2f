"""The one place that turns exceptions into answers: `{"detail": …}` (http.md section 3)."""

import logging
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, request
from peewee import InterfaceError, InternalError, OperationalError
from playhouse.pool import MaxConnectionsExceeded
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from models import faults

log = logging.getLogger("lightwell.http")


class ApiError(Exception):
    """An answer to the caller: a status, a sentence (or the list of a 422), and extra headers."""

    def __init__(self, status: int, detail: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {detail}")
        self.status = status
        self.detail = detail
        self.headers = headers or {}

    def body(self) -> Any:
        """What is sent: JSON, or text as text/plain."""
        return {"detail": self.detail}


def bad_request(detail: str = "The request cannot be carried out.") -> ApiError:
    """400."""
    return ApiError(400, detail)


def unauthorised(detail: str = "Sign in to continue, or ask an administrator for access.") -> ApiError:
    """401: no, bad or revoked credentials, a role too low; in many areas also an object of another."""
    return ApiError(401, detail)


def forbidden(detail: str = "You do not have permission to do this.") -> ApiError:
    """403."""
    return ApiError(403, detail)


def not_found(detail: str = "There is nothing at this address.") -> ApiError:
    """404."""
    return ApiError(404, detail)


def conflict(detail: str) -> ApiError:
    """409."""
    return ApiError(409, detail)


class Invalid(ApiError):
    """422 with the list of faults (http.md section 4)."""

    def __init__(self, faults: list[dict[str, Any]]) -> None:
        super().__init__(422, faults)


def answer(error: ApiError) -> Response:
    """The response of an `ApiError`; an area with `text_faults` words a 422 as one sentence."""
    body = error.body()
    if isinstance(error, Invalid) and getattr(
        current_app.blueprints.get(request.blueprint or ""), "text_faults", False
    ):
        body = {"detail": "The request is incomplete or has a wrong form."}
    is_text = isinstance(body, str)
    response = Response(body, content_type="text/plain; charset=utf-8") if is_text else jsonify(body)
    response.status_code = error.status
    response.headers.update(error.headers)
    return response


def register(app: Flask) -> None:
    """Installs the handlers. Errors inside the server are JSON too, and carry the request's id."""
    app.register_error_handler(ApiError, answer)
    app.register_error_handler(RequestEntityTooLarge, lambda _: answer(ApiError(413, "The request is too large.")))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(InterfaceError, _database)
    app.register_error_handler(InternalError, _database)
    app.register_error_handler(MaxConnectionsExceeded, _database)
    app.register_error_handler(OSError, _disk)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Any:
    if error.response is not None:
        return error.response
    return answer(ApiError(error.code or 500, error.description))


def _database(error: Exception) -> Response:
    is_full, is_unwritable = faults.is_full(error), faults.is_unwritable(error)
    log.error("%s (%s)", faults.explain(error), error, exc_info=not (is_full or is_unwritable))
    if is_full:
        return answer(ApiError(507, f"The server's disk is full: this was not stored. Request {_id()}."))
    if is_unwritable:
        return answer(ApiError(503, f"The server cannot store anything at the moment. Request {_id()}."))
    return answer(ApiError(503, f"The database does not answer. Request {_id()}."))


def _disk(error: OSError) -> Response:
    """A file of ours that could not be written; any other `OSError` is a fault of the program."""
    if error.errno not in (*faults.FULL, *faults.UNWRITABLE):
        return _unexpected(error)
    log.error("a file cannot be written: %s", error)
    if error.errno in faults.FULL:
        return answer(ApiError(507, f"The server's disk is full: this was not stored. Request {_id()}."))
    return answer(ApiError(503, f"The server cannot store anything at the moment. Request {_id()}."))


def _unexpected(error: Exception) -> Response:
    log.exception("unhandled error")
    return answer(ApiError(500, f"Internal Server Error. Request {_id()}."))


def _id() -> str:
    return g.get("request_id", "-")
