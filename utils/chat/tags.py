"""Reasoning tags in a stream of text: `<think>…</think>` and its like, also when a tag is split over
chunks (chat.md section 5)."""

import re
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

SOLUTION = ("<|begin_of_solution|>", "<|end_of_solution|>")
"""What some models put around their answer, which is text like any other."""

Piece = tuple[str, Any]
"""("text", str) · ("thought", str) · ("begin", (start tag, end tag, attributes)) · ("end", None)."""

_NAMED = re.compile(r"<[A-Za-z]\w*>")
_ATTRIBUTES = r"\s[^<>]{0,200}"
_ATTRIBUTE = re.compile(r'([\w-]+)\s*=\s*"([^"]*)"')


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
        # a tag of the shape <name> may have attributes
        parts = [(re.escape(start[:-1]), _NAMED.fullmatch(start)) for start, _ in tags]
        whole = [
            f"{head}(?:{_ATTRIBUTES})?>" if named else re.escape(start)
            for (head, named), (start, _) in zip(parts, tags, strict=True)
        ]
        begun = [head + _ATTRIBUTES for head, named in parts if named]
        self._start = re.compile("|".join(f"({one})" for one in whole)) if whole else None
        self._begun = re.compile(f"(?:{'|'.join(begun)})\\Z") if begun else None

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
                before, found, text = self._until_end(text, self._pair[1])
                if before:
                    yield "thought", before
                if not found:
                    return
                self._pair = None
                text = text.lstrip()
                yield "end", None
                continue
            match = self._start.search(text) if self._start is not None else None
            before = text[: match.start()] if match is not None else self._held_back(text)
            if before:
                yield "text", before
            if match is None:
                return
            self._pair = self._tags[(match.lastindex or 1) - 1]
            text = text[match.end() :]
            yield "begin", (*self._pair, dict(_ATTRIBUTE.findall(match[0])))

    def rest(self) -> Iterator[Piece]:
        """What is still held back, once nothing more will come."""
        held, self._held = self._held, ""
        if held:
            yield "thought" if self._pair is not None else "text", held

    def _held_back(self, text: str) -> str:
        """`text` without its end where that may begin a start tag, which is held back."""
        begun = self._begun.search(text) if self._begun is not None else None
        if begun is not None:
            self._held = begun[0]
            return text[: begun.start()]
        return self._without_prefix(text, [start for start, _ in self._tags])

    def _until_end(self, text: str, tag: str) -> tuple[str, bool, str]:
        """(before the end tag, whether it is there, after it)."""
        before, found, after = text.partition(tag)
        return (before, True, after) if found else (self._without_prefix(text, [tag]), False, "")

    def _without_prefix(self, text: str, wanted: list[str]) -> str:
        longest = max((len(tag) for tag in wanted), default=1)
        for size in range(min(longest - 1, len(text)), 0, -1):
            tail = text[-size:]
            if any(tag.startswith(tail) for tag in wanted):
                self._held = tail
                return text[:-size]
        return text
