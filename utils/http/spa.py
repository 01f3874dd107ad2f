"""The built frontend: its files, its two mounted folders, and index.html for every path that no route
matched (http.md 1, 12). Without a build the service is a pure API.
"""

import logging
import os
import re
import time
import urllib.parse

from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

from config import Settings
from utils.http import files
from utils.http.errors import ApiError, answer, not_found
from utils.http.frontend import TWINS

log = logging.getLogger("lightwell.http")

_FOR_EVER = "public, max-age=31536000, immutable"
_METHODS = ("GET", "HEAD")
_LOOK_AGAIN = 5.0


class Frontend:
    """The build's folder and the operator's `STATIC_DIR`, whose files win over those of `/static/`."""

    def __init__(self, settings: Settings) -> None:
        self.root = os.path.realpath(settings.frontend)
        self.branding = os.path.realpath(settings.static_dir) if settings.static_dir else None
        self._looked, self._index = 0.0, files.within(self.root, "index.html")
        files.keep_twins_in(settings.data_dir.resolve() / TWINS)
        if self._index is None:
            log.warning("no frontend in %s: serving the API only (`flask frontend` fetches it)", self.root)

    def index(self) -> files.Found | None:
        """index.html as it is now; a build that arrives later is noticed within seconds."""
        if self._index is not None:
            self._index = files.within(self.root, "index.html")
        elif time.monotonic() - self._looked > _LOOK_AGAIN:
            self._looked, self._index = time.monotonic(), files.within(self.root, "index.html")
        return self._index

    def static(self, path: str) -> files.Found | None:
        """A file of the mounted folder `/static/`."""
        name = path.removeprefix("/static/")
        own = files.within(self.branding, name) if self.branding else None
        return own or files.within(self.root + "/static", name)

    def answer(self, path: str) -> Response:
        """What a GET of `path` gets when no route matched. Raises `ApiError` 404."""
        if path.startswith("/static/"):
            return _mounted(self.static(path))
        index = self.index()
        if index is None:
            raise not_found()
        if path.startswith("/pyodide/"):
            response = _mounted(files.within(self.root + "/pyodide", path.removeprefix("/pyodide/")))
            if "Origin" not in request.headers:
                response.headers["Access-Control-Allow-Origin"] = "*"
            return response
        found = files.within(self.root, path)
        if found is not None and found.path != index.path:
            return files.send(found, twin=True, cache=_FOR_EVER if path.startswith("/_app/immutable/") else None)
        if path.endswith(".js"):
            raise not_found()
        return files.send(index, twin=True, cache="no-cache")


def _mounted(found: files.Found | None) -> Response:
    # a mounted folder does not fall through to index.html
    if found is None:
        raise not_found()
    return files.send(found, twin=True)


_ADDRESS = re.compile(r"https?://\S+")
_VIDEO = re.compile(r"https?://(?:[\w-]+\.)*(?:youtu\.be/|youtube\.com/\S*?(?:v=|/|%3D))([\w-]{11})(?![\w-])")


def redirected() -> Response | None:
    """Sends a link that was shared into the application, or a video's address, on to the page that
    takes it up (http.md 1); None for every other request."""
    if request.method != "GET":
        return None
    wanted = {}
    if request.path.endswith("/watch") and (video := _given("v")):
        wanted["youtube"] = video
    if b"shared=" in request.query_string and (shared := _given("shared")):
        wanted |= _of_shared(shared)
    if not wanted:
        return None
    response = Response(status=307, headers={"Location": "/?" + urllib.parse.urlencode(wanted)})
    del response.headers["Content-Type"]
    return response


def _given(name: str) -> str | None:
    return next((value for value in request.args.getlist(name) if value), None)


def _of_shared(text: str) -> dict[str, str]:
    if video := _VIDEO.match(text):
        return {"youtube": video[1]}
    address = _ADDRESS.match(text)
    return {"load-url": address[0]} if address else {"q": text}


def register(app: Flask, settings: Settings) -> None:
    """Installs the redirects, and the fallback for what no route matched."""
    frontend = Frontend(settings)

    def fallback(_: NotFound) -> Response:
        try:
            if request.method not in _METHODS:
                raise ApiError(405, "This method is not allowed here.", {"Allow": ", ".join(_METHODS)})
            return frontend.answer(request.path)
        except ApiError as error:
            return answer(error)

    app.before_request(redirected)
    app.register_error_handler(NotFound, fallback)
