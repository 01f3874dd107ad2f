"""The conversation as the model is sent it: rows of `chat_message` into provider messages.

Facts: chat.md section 4.1; data.md "Two stores" (the model sees the rows, people see the document).
"""

from typing import Any

from models import message_rows
from models.json_kinds import as_objects
from utils.chat import code_blocks, store
from utils.chat.items import CUT, sound_list

_ANSWERED = ("completed", "failed", "rejected")
_PICTURES_FOLLOW = "These pictures belong to the results of the tools above."


def branch(chat_id: str, message_id: str, *, files: bool = False) -> list[dict[str, Any]]:
    """The rows from the root to `message_id`, in order; keys as in the document. `files`, which may be pictures
    of many megabytes, only where they are asked for. A loop among parents ends it."""
    return [_as_message(row) for row in message_rows.branch(chat_id, message_id, files=files)]


def _as_message(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "role": row["role"],
        "content": row["content"],
        "output": row["output"],
        "files": row.get("files"),
        "contextSummary": row["context_summary"],
        "usage": row["usage"],
        "model": row["model_id"],
        "meta": row["meta"],
    }


def for_provider(
    messages: list[dict[str, Any]],
    *,
    thinking_key: str | None = None,
    announce_files: bool = False,
    model_id: str | None = None,
) -> list[dict[str, Any]]:
    """Stored messages (or a temporary chat's) as provider messages; empty replies are left out.

    `thinking_key` is where this provider wants earlier thinking back. `announce_files` puts the list of
    attached files in front of a user's text, for models with tools that reach them. `model_id` gets its own
    `reasoning_details` back, nobody else's.
    """
    out: list[dict[str, Any]] = []
    for message in messages:
        role = message.get("role")
        if role == "assistant":
            own = model_id is not None and message.get("model") == model_id
            out += _reply(message, thinking_key, details=own)
        elif role in ("user", "system", "tool", "developer"):
            out.append(_said(message, announce_files=announce_files and role == "user"))
    return out


def _said(message: dict[str, Any], *, announce_files: bool) -> dict[str, Any]:
    """A message of a person (or system), with its pictures as parts."""
    content = message.get("content")
    files = as_objects(message.get("files"))
    if message.get("role") != "user":
        return {key: value for key, value in message.items() if key in ("role", "content", "name", "tool_call_id")}
    prefix = _file_list(files) if announce_files else ""
    pictures = [one["url"] for one in files if _is_picture(one) and isinstance(one.get("url"), str)]
    if not pictures and not prefix:
        return {"role": "user", "content": content if content is not None else ""}
    parts = list(content) if isinstance(content, list) else None
    if parts is None and not pictures:
        return {"role": "user", "content": f"{prefix}{content or ''}"}
    if parts is None:
        parts = [{"type": "text", "text": content or ""}]
    if prefix:
        parts = [{"type": "text", "text": prefix}, *parts]
    return {"role": "user", "content": parts + [{"type": "image_url", "image_url": {"url": url}} for url in pictures]}


def _is_picture(file: dict[str, Any]) -> bool:
    kind = str(file.get("content_type") or "")
    return kind != "image/svg+xml" and (file.get("type") == "image" or kind.startswith("image/"))


def _file_list(files: list[dict[str, Any]]) -> str:
    """The block that names attached files, with a blank line after it; empty where there is none."""
    lines = []
    for file in files:
        url = str(file.get("url") or "")
        if url and not url.startswith("data:"):
            keys = ("type", "id", "url", "content_type", "name")
            named = {"id": url, **{key: file[key] for key in keys if file.get(key)}}
            marks = [f'{key}="{_quoted(named[key])}"' for key in keys if key in named]
            lines.append(f"<file {' '.join(marks)}/>")
    return "<attached_files>\n" + "\n".join(lines) + "\n</attached_files>\n\n" if lines else ""


def _quoted(value: Any) -> str:
    return str(value).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace("\n", " ")


def _reply(message: dict[str, Any], thinking_key: str | None, *, details: bool) -> list[dict[str, Any]]:
    output = message.get("output")
    if isinstance(output, list) and output:
        return expanded(output, thinking_key, details=details)
    content = message.get("content")
    made: dict[str, Any] = {"role": "assistant", "content": content}
    if message.get("tool_calls"):
        return [made | {"tool_calls": message["tool_calls"]}]
    return [made] if content else []


class _Round:
    """One assistant message with its calls and their results."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.thoughts: list[str] = []
        self.details: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self.results: list[dict[str, Any]] = []
        self.pictures: list[str] = []

    def messages(self, thinking_key: str | None) -> list[dict[str, Any]]:
        text = "\n".join(self.texts)
        if not text and not self.calls:
            return []
        made: dict[str, Any] = {"role": "assistant", "content": text}
        if self.calls:
            made["tool_calls"] = self.calls
        if thinking_key and self.thoughts:
            made[thinking_key] = "\n".join(self.thoughts)
        if self.details:
            made["reasoning_details"] = self.details
        out = [made, *self.results]
        if self.pictures:
            parts: list[dict[str, Any]] = [{"type": "text", "text": _PICTURES_FOLLOW}]
            parts += [{"type": "image_url", "image_url": {"url": url}} for url in self.pictures]
            out.append({"role": "user", "content": parts})
        return out


def expanded(
    output: list[dict[str, Any]], thinking_key: str | None = None, *, details: bool = False
) -> list[dict[str, Any]]:
    """Output items as provider messages: texts joined, calls only with their results (chat.md 4.1). `details`:
    they go to the model that wrote them, which gets its `reasoning_details` back. Nothing from before a cut."""
    _, output = since_cut(output)
    answered = {
        item.get("call_id")
        for item in output
        if item.get("type") == "function_call_output" and item.get("status") in _ANSWERED
    }
    messages: list[dict[str, Any]] = []
    round_ = _Round()
    for item in output:
        kind = item.get("type")
        if round_.results and kind in ("message", "function_call", "reasoning"):
            messages += round_.messages(thinking_key)
            round_ = _Round()
        if kind == "message":
            round_.texts.append(store.text_of([item]))
        elif kind == "reasoning":
            round_.thoughts.append("".join(part.get("text") or "" for part in item.get("content") or []))
            round_.details += (item.get("reasoning_details") or []) if details else []
        elif kind == code_blocks.TYPE:
            round_.texts.append(code_blocks.as_text(item))
        elif kind == "function_call" and item.get("call_id") in answered:
            # what the model wrote itself, where the call was unwrapped
            made = item.get("provider_function") or item
            function = {"name": made.get("name"), "arguments": made.get("arguments") or "{}"}
            round_.calls.append({"id": item["call_id"], "type": "function", "function": function})
        elif kind == "function_call_output":
            _add_result(round_, item)
    return messages + round_.messages(thinking_key)


def since_cut(output: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """The summary of a reply's last cut, and the items that are still sent: those from the round of the call
    that it names. ("", all) for a reply that was not cut."""
    items = sound_list(output)
    cut = next((item for item in reversed(items) if item.get("type") == CUT and item.get("summary")), None)
    if cut is None:
        return "", items
    calls = [at for at, one in enumerate(items) if one.get("type") == "function_call"]
    place = next((at for at in calls if items[at].get("call_id") == cut.get("call_id")), items.index(cut))
    while place > 0 and items[place - 1].get("type") in ("message", "reasoning", "function_call"):
        place -= 1
    return str(cut["summary"]), [item for item in items[place:] if item.get("type") != CUT]


def _add_result(round_: _Round, item: dict[str, Any]) -> None:
    """The result of one of the round's calls; one without a call, or a second one, is left out."""
    call_id = item.get("call_id")
    unpaired = call_id not in {call["id"] for call in round_.calls} - {one["tool_call_id"] for one in round_.results}
    if unpaired or item.get("status") not in _ANSWERED:
        return
    given = item.get("output")
    parts = [{"type": "input_text", "text": given}] if isinstance(given, str) else as_objects(given)
    text = "\n".join(part.get("text") or "" for part in parts if part.get("type") == "input_text")
    round_.results.append({"role": "tool", "tool_call_id": call_id, "content": text})
    round_.pictures += [
        part["image_url"] for part in parts if part.get("type") == "input_image" and part.get("image_url")
    ]


def without_empty_parts(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Empty texts of several-part messages left out; all system messages merged into one, first."""
    system: list[str] = []
    rest: list[dict[str, Any]] = []
    for message in messages:
        content = message.get("content")
        if isinstance(content, list):
            content = [
                p for p in content if not (isinstance(p, dict) and p.get("type") == "text" and not p.get("text"))
            ]
            message = {**message, "content": content}
        if message.get("role") == "system":
            system.append(plain(content))
        else:
            rest.append(message)
    text = "\n".join(one for one in system if one)
    return [{"role": "system", "content": text}, *rest] if text else rest


def last_question(messages: list[dict[str, Any]]) -> str:
    """The text of the last message of a user; empty where there is none."""
    return next((plain(one.get("content")) for one in reversed(messages) if one.get("role") == "user"), "")


def plain(content: Any) -> str:
    """The text of a content: itself, or its text parts a line each."""
    if isinstance(content, list):
        return "\n".join(str(p.get("text") or "") for p in content if isinstance(p, dict) and p.get("type") == "text")
    return content if isinstance(content, str) else ""
