"""JSON of many megabytes in small steps: no single one of them holds the interpreter for long.

What makes a chat large is few long strings, pictures as data URIs. They are taken out of the text, the
rest (the skeleton, with a mark in each one's place) is decoded or encoded as ever, and they one by one.
The values are the same as those of `json_codec`.
"""

import re
import secrets
from collections.abc import Iterator
from typing import Any

import orjson

from models import json_codec

LONG = 2**16
"""Characters from which on a string goes its own way."""
WORTH = 2**22
"""Bytes from which on steps are worth their price; less of JSON is a few milliseconds at once."""
_STRIDE = LONG // 2
_STEP = 2**20
# what follows a string's end; nothing else can stand behind a closing quote
_BEHIND = b" \t\r\n,:]}"
_BACKSLASH = ord("\\")
_MARK = f"long-{secrets.token_hex(16)}-"
_MARKED = re.compile(f'"{_MARK}([0-9]+)"'.encode())

Text = bytes | bytearray | str


def loads(text: Text) -> Any:
    """`json_codec.loads`, in steps."""
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogatepass")
    spans = list(_long_strings(text))
    if not spans:
        return json_codec.loads(text)
    try:
        return _joined(memoryview(text), spans)
    except ValueError:
        # not JSON, or not quite: the other server writes NaN and lone surrogates
        return json_codec.loads(text)


def _long_strings(text: bytes | bytearray) -> Iterator[tuple[int, int]]:
    """Where long strings lie, quotes included. Not all are found, but what is found is one, if the text is JSON
    at all: a quote without a backslash before it is no part of a string, and one that nothing of `_BEHIND`
    follows does not end one. Keys are left alone."""
    at, size = 0, len(text)
    while at < size:
        if text.find(b'"', at, at + _STRIDE) != -1:
            at += _STRIDE
            continue
        begin, end = text.rfind(b'"', 0, at), text.find(b'"', at)
        if end == -1:
            return
        begins = begin > 0 and text[begin - 1] != _BACKSLASH and text[begin + 1] not in _BEHIND
        ends = text[end - 1] != _BACKSLASH and text[end + 1 : end + 2] in (b",", b"}", b"]")
        if begins and ends and end - begin > LONG:
            yield begin, end + 1
        at = end


def _joined(text: memoryview, spans: list[tuple[int, int]]) -> Any:
    skeleton, at = bytearray(), 0
    for number, (begin, end) in enumerate(spans):
        skeleton += text[at:begin]
        skeleton += f'"{_MARK}{number}"'.encode()
        at = end
    skeleton += text[at:]
    marks = {f"{_MARK}{number}": number for number in range(len(spans))}
    found = orjson.loads(skeleton)
    lying: dict[int, tuple[Any, Any]] = {}
    for holder, key, value in _walk([found]):
        if isinstance(value, str) and value in marks:
            lying[marks[value]] = (holder, key)
    for number, (begin, end) in enumerate(spans):
        string = orjson.loads(text[begin:end])
        # of two equal keys of an object only the last one is there
        if number in lying:
            holder, key = lying[number]
            holder[key] = string
    return found


def _walk(value: Any) -> Iterator[tuple[Any, Any, Any]]:
    """All that lies in `value`: what it lies in, under which key, and itself."""
    left = [value]
    while left:
        holder = left.pop()
        for key, one in holder.items() if isinstance(holder, dict) else enumerate(holder):
            if isinstance(one, (dict, list, tuple)):
                left.append(one)
            else:
                yield holder, key, one


def is_worth_it(value: Any) -> bool:
    """Whether the long strings in `value` are so much that it is better encoded in steps."""
    return sum(len(one) for _, _, one in _walk([value]) if isinstance(one, str) and len(one) >= LONG) >= WORTH


class Parts:
    """A value on its way to its text. It holds the long strings, so that the value can be let go meanwhile; each
    is let go once it was given out, so that the parts can be taken once."""

    def __init__(self, value: Any) -> None:
        self._strings: list[str | None] = []
        self._skeleton = json_codec.dumps_bytes(self._marked(value))

    def _marked(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._marked(one) for key, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._marked(one) for one in value]
        if isinstance(value, str) and len(value) >= LONG:
            self._strings.append(value)
            return f"{_MARK}{len(self._strings) - 1}"
        return value

    def __iter__(self) -> Iterator[bytes]:
        """The text of the value, as `json_codec.dumps_bytes` gives it, in pieces of some `_STEP` bytes; each is
        UTF-8 of its own."""
        held: list[bytes] = []
        for piece in self._each():
            held.append(piece)
            if sum(map(len, held)) >= _STEP:
                yield b"".join(held)
                held = []
        yield b"".join(held)

    def _each(self) -> Iterator[bytes]:
        at = 0
        for mark in _MARKED.finditer(self._skeleton):
            yield self._skeleton[at : mark.start()] + b'"'
            number, at = int(mark[1]), mark.end()
            string, self._strings[number] = self._strings[number] or "", None
            for start in range(0, len(string), _STEP):
                yield json_codec.dumps_bytes(string[start : start + _STEP])[1:-1]
            yield b'"'
        yield self._skeleton[at:]


def pieces(value: Any) -> list[bytes]:
    """The text of `value` in pieces."""
    return list(Parts(value))
