"""One file of the disk as an answer: type, validators, ranges, and its compressed twin (http.md 11, 12).

The frontend's text-like files are compressed once, in the encoding that a client first asks for, and
the result is kept on disk beside them: not per request, and not in memory.
"""

import hashlib
import mimetypes
import os
import pathlib
import re
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime

from flask import Response, request

from models.large import aside
from utils.http import compress

_PIECE = 1 << 17
_TYPES = {
    ".css": "text/css",
    ".csv": "text/csv",
    ".html": "text/html",
    ".ico": "image/vnd.microsoft.icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".json": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".mp3": "audio/mpeg",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}


@dataclass(frozen=True)
class Found:
    """A regular file: where it lies, its size in bytes, its last change in seconds."""

    path: str
    size: int
    changed: float

    @property
    def etag(self) -> str:
        """Quoted 32 hexadecimal digits; the same for every encoding."""
        seal = hashlib.md5(f"{self.path}\0{self.size}\0{self.changed}".encode(), usedforsecurity=False)
        return f'"{seal.hexdigest()}"'


def type_of(name: str) -> str:
    """The media type for a file name, with its charset where it is text."""
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - on every request; a Path costs ten times as much
    media = _TYPES.get(suffix) or mimetypes.guess_type("x" + suffix)[0] or "application/octet-stream"
    return f"{media}; charset=utf-8" if media.startswith("text/") else media


def within(root: str, path: str) -> Found | None:
    """The regular file at `path` (as in a URL) below the folder `root`, which must be a real path;
    None where there is none, or where the name or a link leads out of the folder."""
    if "\0" in path:
        return None
    real = os.path.realpath(os.path.join(root, path.lstrip("/")))  # noqa: PTH118
    if not real.startswith(root + os.sep):
        return None
    try:
        info = os.stat(real)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    return Found(real, info.st_size, info.st_mtime) if stat.S_ISREG(info.st_mode) else None


def send(
    found: Found, *, conditional: bool = True, twin: bool = False, media: str | None = None, cache: str | None = None
) -> Response:
    """The file as answer to this request: 200, 206, 304, or 416 for a range beyond its end.

    `conditional` off never answers 304 (http.md 12). `twin` allows a compressed one to be kept, for
    files that many ask for. `cache` is the Cache-Control header.
    """
    media = media or type_of(found.path)
    twin_wanted = twin and compress.enabled() and found.size >= compress.LEAST and compress.compressible(media)
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": found.etag,
        "Last-Modified": formatdate(found.changed, usegmt=True),
    }
    if cache:
        headers["Cache-Control"] = cache
    if twin_wanted:
        headers["Vary"] = "Accept-Encoding, Origin"
    if conditional and _unchanged(found):
        return Response(status=304, headers={name: headers[name] for name in headers if name != "Accept-Ranges"})
    if (wanted := request.headers.get("Range")) and _range_applies(found):
        return _part(found, wanted, headers, media)
    encoding = compress.chosen(request.headers.get("Accept-Encoding", "")) if twin_wanted else None
    body = _twin(found, encoding) if encoding else found
    if encoding and body is not found:
        headers["Content-Encoding"] = encoding
    return _answer(body, 0, body.size, 200, headers, media)


def _answer(body: Found, start: int, count: int, status: int, headers: dict[str, str], media: str) -> Response:
    headers["Content-Length"] = str(count)
    return Response(_Pieces(body.path, start, count), status, headers, content_type=media, direct_passthrough=True)


class _Pieces:
    """`count` bytes of a file from `start`, opened when the first is asked for."""

    def __init__(self, path: str, start: int, count: int) -> None:
        self._path, self._start, self._left = path, start, count

    def __iter__(self) -> Iterator[bytes]:
        with open(self._path, "rb", buffering=0) as file:  # noqa: PTH123
            file.seek(self._start)
            while self._left and (piece := file.read(min(self._left, _PIECE))):
                self._left -= len(piece)
                yield piece


def _unchanged(found: Found) -> bool:
    """Whether the client's copy is this one; an ETag outranks a date."""
    if given := request.headers.get("If-None-Match"):
        tags = [tag.strip().removeprefix("W/") for tag in given.split(",")]
        return found.etag in tags or "*" in tags
    since = request.headers.get("If-Modified-Since")
    return since is not None and _not_after(found, since)


def _not_after(found: Found, date: str) -> bool:
    try:
        return int(found.changed) <= parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError):
        return False


def _range_applies(found: Found) -> bool:
    given = request.headers.get("If-Range")
    return given is None or given == found.etag or given == formatdate(found.changed, usegmt=True)


_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def _part(found: Found, wanted: str, headers: dict[str, str], media: str) -> Response:
    """One range. Several at once are answered with the first, which HTTP allows; a text that is no
    range is 400."""
    match = _RANGE.fullmatch(wanted.split(",")[0].replace(" ", ""))
    if match is None or match.group(0) == "bytes=-":
        return Response("This is not a range of bytes.", 400, content_type="text/plain; charset=utf-8")
    first, last = match.groups()
    start = int(first) if first else max(found.size - int(last), 0)
    end = min(int(last), found.size - 1) if first and last else found.size - 1
    if first and last and int(last) < int(first):
        return Response("The range ends before it starts.", 400, content_type="text/plain; charset=utf-8")
    if start >= found.size:
        beyond = {"Content-Range": f"bytes */{found.size}"}
        return Response("", 416, beyond, content_type="text/plain; charset=utf-8")
    headers["Content-Range"] = f"bytes {start}-{end}/{found.size}"
    return _answer(found, start, end - start + 1, 206, headers, media)


_folder: list[pathlib.Path] = []
_one_at_a_time = threading.Lock()


def keep_twins_in(folder: pathlib.Path) -> None:
    """Where compressed files are kept."""
    _folder[:] = [folder]


def _twin(found: Found, encoding: str) -> Found:
    """The file in that encoding, made when it is first asked for; the file itself where that fails."""
    kept = str(_folder[0] / f"{found.etag.strip(chr(34))}.{encoding}")
    try:
        return Found(kept, os.stat(kept).st_size, found.changed)  # noqa: PTH116
    except OSError:
        pass
    with _one_at_a_time:
        try:
            if not os.path.exists(kept):  # noqa: PTH110
                aside(_compress, found.path, kept, encoding)
            return Found(kept, os.stat(kept).st_size, found.changed)  # noqa: PTH116
        except OSError:
            return found


def _compress(source: str, target: str, encoding: str) -> None:
    pathlib.Path(target).parent.mkdir(parents=True, exist_ok=True)
    part = pathlib.Path(f"{target}.{os.getpid()}")
    with open(source, "rb") as plain, part.open("wb") as packed:  # noqa: PTH123
        for piece in compress.pieces(iter(lambda: plain.read(_PIECE), b""), encoding):
            packed.write(piece)
    part.replace(target)
