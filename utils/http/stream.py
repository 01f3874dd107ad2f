"""Streams to HTTP clients: a provider's answer passed on as it arrives (http.md section 14)."""

from collections.abc import Iterator
from typing import Any

import requests
from flask import Response

_NOT_COPIED = {
    "connection",
    "content-encoding",
    "content-length",
    "date",
    "keep-alive",
    "server",
    "set-cookie",
    "transfer-encoding",
}


def pieces(upstream: requests.Response, size: int = 65536) -> Iterator[bytes]:
    """The body as it arrives: `read1` gives the first token after 0 ms where `iter_content` waits."""
    while piece := upstream.raw.read1(size, decode_content=True):
        yield piece


def relay(upstream: requests.Response) -> Response:
    """The provider's status and bytes as they arrive; hanging up on either side ends both."""
    response = Response(pieces(upstream), upstream.status_code, content_type=upstream.headers.get("Content-Type"))
    for name, value in upstream.headers.items():
        if name.lower() not in _NOT_COPIED and name.lower() != "content-type":
            response.headers[name] = value
    response.call_on_close(upstream.close)
    return response


def lines(content: Iterator[Any], mimetype: str, headers: dict[str, str] | None = None) -> Response:
    """A stream of our own making."""
    return Response(content, 200, headers, content_type=mimetype)
