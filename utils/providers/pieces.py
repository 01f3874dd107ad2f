"""The body of a running answer in as few pieces as the network allows.

urllib3's `read1` gives one chunk of a chunked answer at a time, at some 25 µs each; a provider sends a
chunk a token. Here everything that has arrived is taken at once and taken apart by ourselves: under
load many tokens come in one piece.
"""

from collections.abc import Callable, Iterator
from http.client import IncompleteRead
from typing import Any

import requests

_PIECE = 65536
_LONGEST_HEAD = 8192


def pieces(response: requests.Response) -> Iterator[bytes]:
    """The body as it arrives, never empty. Raises what `client.BREAKS` names when the line drops."""
    source = _plain_chunks(response)
    if source is None:
        read = response.raw.read1
        while piece := read(_PIECE, decode_content=True):
            yield piece
        return
    chunks = _Chunks()
    read1: Callable[[int], bytes] = source.fp.read1
    while not chunks.ended:
        data = read1(_PIECE)
        if not data:
            raise _cut()
        if piece := chunks.feed(data):
            yield piece
    # the connection may serve again
    source._close_conn()
    response.raw.release_conn()


def _plain_chunks(response: requests.Response) -> Any:
    """The http.client answer underneath, if its body is chunked and not compressed."""
    source = getattr(response.raw, "_fp", None)
    is_plain = getattr(source, "chunked", False) and not response.headers.get("Content-Encoding")
    ready = is_plain and getattr(source, "chunk_left", 0) is None and hasattr(source, "_close_conn")
    return source if ready and hasattr(getattr(source, "fp", None), "read1") else None


def _cut() -> OSError:
    return ConnectionError(str(IncompleteRead(b"")))


class _Chunks:
    """Takes the framing of chunks off: `<size in hex>[;…]\\r\\n<data>\\r\\n`, ended by a size of 0."""

    def __init__(self) -> None:
        self.ended = False
        self._head = b""
        self._left = 0
        self._tail = 0
        self._is_last = False

    def feed(self, data: bytes) -> bytes:
        """The payload in `data`. Raises `ConnectionError` for a broken framing."""
        out = []
        place, size = 0, len(data)
        while place < size:
            if self._left:
                piece = data[place : place + self._left]
                out.append(piece)
                place += len(piece)
                self._left -= len(piece)
                self._tail = 0 if self._left else 2
            elif self._tail:
                step = min(self._tail, size - place)
                self._tail -= step
                place += step
            elif self.ended:
                break
            else:
                place = self._line(data, place)
        return out[0] if len(out) == 1 else b"".join(out)

    def _line(self, data: bytes, place: int) -> int:
        """Reads a size, or after the last chunk a trailer; an empty line is the end."""
        end = data.find(b"\n", place)
        if end < 0:
            self._head += data[place:]
            if len(self._head) > _LONGEST_HEAD:
                raise _cut()
            return len(data)
        line, self._head = self._head + data[place:end], b""
        if self._is_last:
            self.ended = not line.strip()
            return end + 1
        try:
            self._left = int(line.split(b";", 1)[0], 16)
        except ValueError:
            raise _cut() from None
        self._is_last = self._left == 0
        return end + 1
