"""The built frontend: its files, and index.html for every path that no route matched (http.md 1, 12)."""

import logging

from flask import Flask, Response, request, send_file
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

from config import Settings
from utils.http.errors import ApiError, answer

log = logging.getLogger("lightwell.http")


def register(app: Flask, settings: Settings) -> None:
    """Installs the fallback. Without a built frontend the service is a pure API and says so."""
    root = settings.frontend.resolve()
    present = (root / "index.html").is_file()
    if not present:
        log.warning("no frontend in %s: serving the API only", root)

    def fallback(_: NotFound) -> Response:
        if request.method not in ("GET", "HEAD"):
            return answer(ApiError(405, "This method is not allowed here.", {"Allow": "GET, HEAD"}))
        if not present:
            return answer(ApiError(404, "There is nothing at this address."))
        path = safe_join(str(root), request.path.lstrip("/"))
        if path is not None and (root / path).is_file():
            return send_file(path, conditional=True)
        if request.path.endswith(".js"):
            return answer(ApiError(404, "There is no such file."))
        response = send_file(root / "index.html", conditional=True)
        response.headers["Cache-Control"] = "no-cache"
        return response

    app.register_error_handler(NotFound, fallback)
