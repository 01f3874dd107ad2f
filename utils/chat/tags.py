"""Reasoning tags in a stream of text: `<think>…</think>` and its like, also when a tag is split over
chunks (chat.md section 5)."""

from collections.abc import Iterator
from typing import Any

DEFAULT_TAGS: list[tuple[str, str]] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reason>", "</reason>"),
    ("<reasoning>", "</reasoning>"),
    ("<thought>", "</thought>"),
    ("<Thought>", "</Thought>"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("◁think▷", "◁/think▷"),
]

Piece = tuple[str, Any]
"""("text", str) · ("thought", str) · ("begin", (start tag, end tag)) · ("end", None)."""


def tags_of(parameter: Any) -> list[tuple[str, str]]:
    """What `params.reasoning_tags` asks for: false none, [start, end] that pair, else the usual ones."""
    if parameter is False:
        return []
    if isinstance(parameter, list) and len(parameter) == 2 and all(isinstance(tag, str) and tag for tag in parameter):
        return [(parameter[0], parameter[1])]
    return DEFAULT_TAGS


class TagReader:
    """Splits text at reasoning tags, and at those of `always`, which are no reasoning. Holds back the end of
    a text only while it may begin a tag."""

    def __init__(self, tags: list[tuple[str, str]], always: tuple[tuple[str, str], ...] = ()) -> None:
        self._always = list(always)
        self._look_for([*tags, *always])
        self._held = ""
        self._pair: tuple[str, str] | None = None

    @property
    def inside(self) -> bool:
        """Whether a start tag was read and its end was not."""
        return self._pair is not None

    def _look_for(self, tags: list[tuple[str, str]]) -> None:
        self._tags = tags
        self._starts = "".join({start[0] for start, _ in tags})

    def stop(self) -> None:
        """Looks for no further reasoning."""
        if self._pair is None:
            self._look_for(self._always)

    def close(self) -> None:
        """Forgets a tag that was not closed, and what was held back."""
        self._pair, self._held = None, ""

    def read(self, content: str) -> Iterator[Piece]:
        """The pieces of `content`, with what was held back before it."""
        if not self._held and self._pair is None and not any(mark in content for mark in self._starts):
            yield "text", content
            return
        text = self._held + content
        self._held = ""
        while text:
            if self._pair is not None:
                before, found, text = self._split(text, [self._pair[1]])
                if before:
                    yield "thought", before
                if not found:
                    return
                self._pair = None
                text = text.lstrip()
                yield "end", None
                continue
            before, found, text = self._split(text, [start for start, _ in self._tags])
            if before:
                yield "text", before
            if not found:
                return
            self._pair = next(pair for pair in self._tags if pair[0] == found)
            yield "begin", self._pair

    def rest(self) -> Iterator[Piece]:
        """What is still held back, once nothing more will come."""
        held, self._held = self._held, ""
        if held:
            yield "thought" if self._pair is not None else "text", held

    def _split(self, text: str, wanted: list[str]) -> tuple[str, str, str]:
        """(before, the tag found, after); without a tag what may begin one is held back."""
        places = [(text.find(tag), tag) for tag in wanted]
        found = [(place, tag) for place, tag in places if place >= 0]
        if found:
            place, tag = min(found)
            return text[:place], tag, text[place + len(tag) :]
        longest = max((len(tag) for tag in wanted), default=1)
        for size in range(min(longest - 1, len(text)), 0, -1):
            tail = text[-size:]
            if any(tag.startswith(tail) for tag in wanted):
                self._held = tail
                return text[:-size], "", ""
        return text, "", ""
