"""What was found for a question, as the model and the page are given it (chat.md 4.4, 6.3)."""

import html
from typing import Any

from utils.settings import environment, keys_retrieval

Source = dict[str, Any]

TEMPLATE = """Answer the user's message with the help of the sources below, in the language of the message. Where a
source with an id supports what you say, put its id in brackets behind it, such as [1]; never cite one without an id.
If the sources do not hold the answer, say so, and answer from what you know where you can.

<context>
{{CONTEXT}}
</context>
"""


def context_of(sources: list[Source]) -> str:
    """The texts of the sources, a `<source>` each, numbered by what they come from."""
    ids: dict[str, int] = {}
    lines = []
    for source in sources:
        about = source.get("source") or {}
        for text, metadata in zip(source.get("document") or [], source.get("metadata") or [], strict=False):
            name = str((metadata or {}).get("source") or about.get("id") or "")
            number = ids.setdefault(name, len(ids) + 1)
            marks = "".join(f' {key}="{html.escape(str(value))}"' for key, value in _marks(about) if value)
            lines.append(f'<source id="{number}"{marks}>{text}</source>')
    return "\n".join(lines)


def _marks(about: dict[str, Any]) -> list[tuple[str, Any]]:
    kind = about.get("type")
    place = about.get("id") if kind != "text" else None
    return [("name", about.get("name")), ("resource-type", kind), ("resource-id", place)]


def shown(sources: list[Source]) -> list[Source]:
    """The sources that a page can name."""
    return [one for one in sources if (one.get("source") or {}).get("name") or (one.get("source") or {}).get("id")]


def count(sources: list[Source]) -> int:
    """How many different things the sources come from."""
    names = set()
    for source in sources:
        for metadata in source.get("metadata") or []:
            names.add((metadata or {}).get("source") or (source.get("source") or {}).get("id"))
    return len(names)


def with_sources(messages: list[dict[str, Any]], sources: list[Source]) -> list[dict[str, Any]]:
    """`messages` with the sources before the last question, or at the end of the system message where
    RAG_SYSTEM_CONTEXT says so."""
    context = context_of(sources)
    if not context:
        return messages
    template = keys_retrieval.RAG_TEMPLATE.get() or TEMPLATE
    text = template.replace("{{CONTEXT}}", context).replace("[context]", context)
    if environment.current().rag_system_context:
        return _behind_system(messages, text)
    for place in range(len(messages) - 1, -1, -1):
        if messages[place].get("role") == "user":
            changed = {**messages[place], "content": _before(text, messages[place].get("content"))}
            return [*messages[:place], changed, *messages[place + 1 :]]
    return [*messages, {"role": "user", "content": text}]


def _before(text: str, content: Any) -> Any:
    if isinstance(content, list):
        return [{"type": "text", "text": f"{text}\n"}, *content]
    return f"{text}\n{content or ''}"


def _behind_system(messages: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    if messages and messages[0].get("role") == "system":
        first = {**messages[0], "content": f"{messages[0].get('content') or ''}\n{text}"}
        return [first, *messages[1:]]
    return [{"role": "system", "content": text}, *messages]
