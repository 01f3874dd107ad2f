"""A running answer in frames: lines of SSE or ndjson, decoded, in batches as the network gave them.

Tolerant of lines split anywhere, CRLF, broken UTF-8 and a missing end; bounded against a line that
never ends.
"""

from collections.abc import Iterator
from typing import Any

import requests

from models import json_codec
from utils.providers import errors
from utils.providers.client import BREAKS
from utils.providers.pieces import pieces

LONGEST_LINE = 64 * 2**20
"""Bytes; a picture in a frame has tens of megabytes at most."""


class Lines:
    """Bytes in, whole lines out. `limit`: longer lines are an error, or are dropped with `drop`."""

    def __init__(self, limit: int | None = None) -> None:
        self._tail: list[bytes] = []
        self._size = 0
        self._limit = limit or LONGEST_LINE
        self._drops = limit is not None
        self._skipping = False

    def feed(self, piece: bytes) -> list[bytes]:
        """The lines that `piece` completes, without their ends. Raises `ProviderError`."""
        lines = piece.split(b"\n")
        rest = lines.pop()
        if lines:
            lines[0] = self._finish(lines[0])
        if rest:
            self._keep(rest)
        if self._drops:
            return [line for line in lines if len(line) <= self._limit]
        return lines

    def end(self) -> list[bytes]:
        """What came after the last line's end."""
        last = self._finish(b"")
        return [last] if last else []

    def _finish(self, line: bytes) -> bytes:
        if self._skipping:
            self._skipping = False
            return b""
        if not self._tail:
            return line
        whole = b"".join((*self._tail, line))
        self._tail.clear()
        self._size = 0
        return whole

    def _keep(self, rest: bytes) -> None:
        if self._skipping:
            return
        self._tail.append(rest)
        self._size += len(rest)
        if self._size <= self._limit:
            return
        self._tail.clear()
        self._size = 0
        if not self._drops:
            raise errors.ProviderError(502, {"detail": "The model provider sent a line that is too long."})
        self._skipping = True


def batches(response: requests.Response, limit: int | None = None) -> Iterator[list[bytes]]:
    """Lines of a running answer, one list a network read. Raises `ProviderError` when it breaks off."""
    lines = Lines(limit)
    try:
        for piece in pieces(response):
            if batch := lines.feed(piece):
                yield batch
    except BREAKS as error:
        raise errors.cut(error) from error
    if batch := lines.end():
        yield batch


def json_object(text: bytes) -> dict[str, Any] | None:
    """The object that a line holds, or None for garbage."""
    try:
        value = json_codec.loads(text)
    except UnicodeDecodeError:
        return json_object(text.decode("utf-8", "replace").encode())
    except (ValueError, RecursionError):
        try:
            repaired = text.decode("utf-8", "replace").encode()
            value = json_codec.loads(repaired) if repaired != text else None
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) else None


def sse(lines: list[bytes]) -> tuple[list[dict[str, Any]], bool]:
    """The objects in `data:` lines, and in bare lines where they speak of an error; whether the end
    mark was among them. Everything else (comments, event names, garbage) is left out."""
    found: list[dict[str, Any]] = []
    for line in lines:
        if line.startswith(b"data:"):
            text = line[5:].strip()
            if text == b"[DONE]":
                return found, True
            value = json_object(text) if text else None
            if value is not None:
                found.append(value)
        elif line.startswith(b"{"):
            value = json_object(line)
            if value is not None and "error" in value:
                found.append(value)
    return found, False
