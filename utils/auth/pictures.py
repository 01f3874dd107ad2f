"""Profile pictures: which addresses may be stored, and how one is served so that it cannot run as
script in our origin (http.md section 12).
"""

import base64
import binascii
import re
from typing import Any
from urllib.parse import urlsplit

from flask import Response, redirect, send_file

from utils.http.fields import String, fail
from utils.settings import environment

DEFAULT = "/user.png"
_OURS = ("", DEFAULT, "/favicon.png", "/static/favicon.png")
_OWN = re.compile(r"/api/v1/users/[\w-]+/profile/image")
_DATA = re.compile(r"data:(image/[\w.+-]+);base64,([A-Za-z0-9+/=_@\s-]*)", re.IGNORECASE)
_LONGEST_ADDRESS = 2048

# the smallest picture there is, for a server without a frontend: one transparent point
_BLANK = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)


def acceptable(address: str) -> bool:
    """Whether this may be stored as a picture: one of ours, http(s) with a host, or an inline picture
    of an allowed type and size."""
    if address in _OURS or _OWN.fullmatch(address):
        return True
    if match := _DATA.fullmatch(address):
        settings = environment.current()
        largest = settings.profile_image_max_size
        return match[1].lower() in settings.profile_image_types and (largest is None or len(address) <= largest)
    if len(address) > _LONGEST_ADDRESS:
        return False
    try:
        parts = urlsplit(address)
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


class Picture(String):
    """The address of a profile picture."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        address = super()._deserialize(value, attr, data, **kwargs)
        if not acceptable(address):
            raise fail("value_error", "This cannot be a profile picture.", {"error": {}})
        return address


def shown(user_id: str, address: str | None) -> str:
    """What an answer names as the picture; an empty one is the address that serves it."""
    return address or f"/api/v1/users/{user_id}/profile/image"


def serve(address: str | None) -> Response:
    """The picture itself, a redirect to it where it lies elsewhere, or the default one."""
    settings = environment.current()
    if address and address.lower().startswith(("http://", "https://")):
        # anything but the address itself in the header would be a hole
        if settings.profile_image_forwarding and acceptable(address) and address.isprintable():
            response = redirect(address, 302)
            response.set_data(b"")
            del response.headers["Content-Type"]
            return response  # type: ignore[return-value]
        return _default()
    match = _DATA.fullmatch(address or "")
    if match is None or match[1].lower() not in settings.profile_image_types:
        return _default()
    try:
        body = base64.b64decode(match[2])
    except (binascii.Error, ValueError):
        return _default()
    response = Response(body, content_type=match[1].lower())
    response.headers["Content-Disposition"] = "inline"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _default() -> Response:
    file = environment.current().frontend / "static" / "user.png"
    if file.is_file():
        return send_file(file.resolve(), mimetype="image/png")
    return Response(_BLANK, content_type="image/png")
