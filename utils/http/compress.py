"""Compression of whole answers (http.md section 11): zstd, then br, then gzip, whatever the weights.

Streams of events are never compressed; static files are compressed once, in `utils/http/files.py`.
"""

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator

from flask import Response, request

from models.large import LARGE, aside

LEAST = 500
ENCODINGS = ("zstd", "br", "gzip")

_TYPES = {
    "application/json",
    "application/xml",
    "application/javascript",
    "application/manifest+json",
    "application/wasm",
    "image/svg+xml",
    "image/x-icon",
    "image/vnd.microsoft.icon",
    "image/bmp",
    "font/ttf",
    "font/otf",
    "application/vnd.ms-fontobject",
    "text/html",
    "text/css",
    "text/javascript",
    "text/plain",
    "text/markdown",
    "text/xml",
    "text/calendar",
    "text/vcard",
    "text/vtt",
}


def compressible(content_type: str | None) -> bool:
    """Whether bodies of this type are worth compressing."""
    return (content_type or "").split(";")[0].strip().lower() in _TYPES


def chosen(accepted: str) -> str | None:
    """The encoding for an `Accept-Encoding` header, or None."""
    offered = {}
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        offered[name.strip()] = weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return next((name for name in ENCODINGS if offered.get(name, offered.get("*", False))), None)


def encode(data: bytes, encoding: str) -> bytes:
    """`data` in that encoding, quickly: for an answer that is made anew each time."""
    if encoding == "gzip":
        return gzip.compress(data, 5, mtime=0)
    if encoding == "br":
        import brotli  # noqa: PLC0415 - many clients prefer zstd and never need it

        return brotli.compress(data, quality=4)
    import zstandard  # noqa: PLC0415 - scripts accept no encoding and never need it

    return zstandard.ZstdCompressor(level=3).compress(data)


def pieces(plain: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """`plain` in that encoding, thoroughly and piece by piece: for what is kept."""
    press: Callable[[bytes], bytes]
    finish: Callable[[], bytes]
    if encoding == "gzip":
        gz = zlib.compressobj(9, wbits=31)
        press, finish = gz.compress, gz.flush
    elif encoding == "br":
        import brotli  # noqa: PLC0415 - as in `encode`

        br = brotli.Compressor(quality=9)
        press, finish = br.process, br.finish
    else:
        import zstandard  # noqa: PLC0415 - as in `encode`

        zstd = zstandard.ZstdCompressor(level=12).compressobj()
        press, finish = zstd.compress, zstd.flush
    for piece in plain:
        yield press(piece)
    yield finish()


_enabled = [True]


def enable(on: bool) -> None:
    """Switches compression for the process (`ENABLE_COMPRESSION_MIDDLEWARE`)."""
    _enabled[0] = on


def enabled() -> bool:
    """Whether answers are compressed at all."""
    return _enabled[0]


def apply(response: Response) -> None:
    """Compresses the body of `response` in place where that is due."""
    if not _enabled[0] or response.is_streamed or response.direct_passthrough or "Content-Encoding" in response.headers:
        return
    if not compressible(response.content_type):
        return
    if (response.content_length or 0) < LEAST:
        return
    response.headers["Vary"] = "Accept-Encoding, Origin"
    encoding = chosen(request.headers.get("Accept-Encoding", ""))
    if encoding is None:
        return
    data = response.get_data()
    response.set_data(aside(encode, data, encoding) if len(data) >= LARGE else encode(data, encoding))
    response.headers["Content-Encoding"] = encoding
