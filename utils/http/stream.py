"""Streams to HTTP clients: a provider's answer passed on as it arrives (http.md section 14)."""

from collections.abc import Iterator
from typing import Any

import requests
from flask import Response

_NOT_COPIED = {
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "keep-alive",
    "proxy-authenticate",
    "server",
    "set-cookie",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "vary",
    "www-authenticate",
    "x-request-id",
}


def relayed_headers(upstream: requests.Response) -> dict[str, str]:
    """The headers of an answer that pass to our client; the content type is not among them."""
    return {name: value for name, value in upstream.headers.items() if name.lower() not in _NOT_COPIED}


def pieces(upstream: requests.Response, size: int = 65536) -> Iterator[bytes]:
    """The body as it arrives: `read1` gives the first token after 0 ms where `iter_content` waits."""
    while piece := upstream.raw.read1(size, decode_content=True):
        yield piece


def relay(upstream: requests.Response) -> Response:
    """The provider's status and bytes as they arrive; hanging up on either side ends both."""
    response = Response(
        pieces(upstream),
        upstream.status_code,
        relayed_headers(upstream),
        content_type=upstream.headers.get("Content-Type"),
    )
    response.call_on_close(upstream.close)
    return response


def lines(content: Iterator[Any], mimetype: str, headers: dict[str, str] | None = None) -> Response:
    """A stream of our own making."""
    return Response(content, 200, headers, content_type=mimetype)
