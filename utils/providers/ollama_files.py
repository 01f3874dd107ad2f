"""Model files on their way to an Ollama host: onto our disk while they are hashed, then over as a blob,
then made a model. Progress goes out as SSE lines (providers.md section 8)."""

import hashlib
import pathlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from typing import IO, Any, BinaryIO
from urllib.parse import unquote, urlsplit

from models import json_codec
from utils.providers import client, safe_fetch
from utils.providers.connections import Connection
from utils.providers.context import Context
from utils.providers.errors import ProviderError

_ALLOWED = ("https://huggingface.co/", "https://github.com/")
_PIECE = 2 * 2**20


def is_allowed(url: str) -> bool:
    """Whether model files may be fetched from there."""
    return url.startswith(_ALLOWED)


def file_name(path: str) -> str:
    """The last part of an address or path, as a plain name; empty for none."""
    name = pathlib.PurePosixPath(unquote(urlsplit(path).path)).name
    return name if re.fullmatch(r"[\w .+()@=-]+", name) and name.strip(". ") else ""


def kept(stream: IO[bytes]) -> BinaryIO:
    """A copy of an upload that outlives its request, on disk."""
    copy = tempfile.TemporaryFile()  # noqa: SIM115 - `handed_over` closes it
    shutil.copyfileobj(stream, copy, _PIECE)
    copy.seek(0)
    return copy


def _line(**values: Any) -> bytes:
    return b"data: " + json_codec.dumps_bytes(values) + b"\n\n"


def _progress(done: int, total: int, **more: Any) -> bytes:
    return _line(progress=round(done / total * 100, 2) if total else 0, completed=done, total=total, **more)


def fetched(used: Connection, context: Context, url: str, name: str) -> Iterator[bytes]:
    """Downloads the file and hands it to the host; yields the progress as it goes."""
    try:
        response = safe_fetch.opened(url, seconds=60)
    except safe_fetch.FetchRefused as error:
        yield _line(error=str(error))
        return
    with tempfile.TemporaryFile() as file:
        length = response.headers.get("Content-Length", "")
        done, total = 0, int(length) if length.isdecimal() else 0
        try:
            for piece in safe_fetch.pieces(response):
                file.write(piece)
                if done // _PIECE != (done + len(piece)) // _PIECE:
                    yield _progress(done + len(piece), total)
                done += len(piece)
        except safe_fetch.FetchRefused as error:
            yield _line(error=str(error))
            return
        finally:
            safe_fetch.close(response)
        yield _progress(done, total or done)
        file.seek(0)
        yield from _blob(used, context, file, _digest(file), name)


def handed_over(used: Connection, context: Context, file: BinaryIO, name: str) -> Iterator[bytes]:
    """Hands an uploaded file to the host; yields the progress."""
    with file:
        total = file.seek(0, 2)
        file.seek(0)
        hashing, done = hashlib.sha256(), 0
        while piece := file.read(_PIECE):
            hashing.update(piece)
            done += len(piece)
            yield _progress(done, total)
        file.seek(0)
        yield from _blob(used, context, file, hashing.hexdigest(), name)


def _digest(file: BinaryIO) -> str:
    hashing = hashlib.sha256()
    while piece := file.read(_PIECE):
        hashing.update(piece)
    file.seek(0)
    return hashing.hexdigest()


def _blob(used: Connection, context: Context, file: BinaryIO, digest: str, name: str) -> Iterator[bytes]:
    blob = f"sha256:{digest}"
    try:
        client.read_all(client.upload(used, f"/api/blobs/{blob}", context, file))
        made = {"model": pathlib.PurePath(name).stem, "files": {name: blob}, "stream": False}
        client.read_all(client.call(used, "POST", "/api/create", context, made))
    except ProviderError as error:
        yield _line(error=f"Ollama: {error.message}")
        return
    yield _line(done=True, blob=blob, name=name, model_created=made["model"])
