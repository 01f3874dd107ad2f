"""Between the Chat Completions format and the Responses API (providers.md section 6)."""

from collections.abc import Mapping
from typing import Any

_DROPPED = (
    "messages",
    "stream_options",
    "logit_bias",
    "frequency_penalty",
    "presence_penalty",
    "stop",
    "max_tokens",
    "max_completion_tokens",
    "tools",
    "tool_choice",
)


def request(body: Mapping[str, Any]) -> dict[str, Any]:
    """The request for `/responses` of a chat body."""
    out = {name: value for name, value in body.items() if name not in _DROPPED}
    instructions, items = _input(body.get("messages") or [])
    if instructions:
        out["instructions"] = "\n".join(instructions)
    out["input"] = items
    most = body.get("max_completion_tokens") or body.get("max_tokens")
    if most is not None:
        out["max_output_tokens"] = most
    if isinstance(body.get("tools"), list):
        out["tools"] = [_tool(one) for one in body["tools"]]
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and isinstance(choice.get("function"), dict):
        choice = {"type": "function", "name": choice["function"].get("name")}
    if choice is not None:
        out["tool_choice"] = choice
    return out


def _tool(tool: Any) -> Any:
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(function, dict):
        return tool
    return {
        "type": "function",
        "name": function.get("name"),
        "description": function.get("description"),
        "parameters": function.get("parameters"),
        "strict": function.get("strict", False),
    }


def _input(messages: list[Any]) -> tuple[list[str], list[dict[str, Any]]]:
    instructions: list[str] = []
    items: list[dict[str, Any]] = []
    for message in messages:
        role, content = message.get("role"), message.get("content")
        if role == "system":
            instructions.append(text_of(content))
        elif role == "tool":
            items.append(
                {"type": "function_call_output", "call_id": message.get("tool_call_id"), "output": _result(content)}
            )
        else:
            if parts := _parts(role, content):
                items.append({"type": "message", "role": role, "content": parts})
            items += [_call(one) for one in message.get("tool_calls") or []]
    return instructions, items


def _result(content: Any) -> Any:
    """What a tool returned: a text, or parts where there are pictures among them."""
    parts = _parts("tool", content) if isinstance(content, list) else []
    return parts if any(part.get("type") == "input_image" for part in parts) else text_of(content)


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call.get("function") or {}
    return {
        "type": "function_call",
        "call_id": call.get("id"),
        "name": function.get("name"),
        "arguments": function.get("arguments") or "{}",
    }


def text_of(content: Any) -> str:
    """The text of a message's content, parts joined."""
    if isinstance(content, list):
        return "\n".join(part.get("text", "") for part in content if isinstance(part, dict) and "text" in part)
    return content or ""


def _parts(role: str, content: Any) -> list[dict[str, Any]]:
    kind = "output_text" if role == "assistant" else "input_text"
    if not isinstance(content, list):
        return [{"type": kind, "text": content}] if content else []
    parts: list[dict[str, Any]] = []
    for part in content:
        if not isinstance(part, dict):
            continue
        if part.get("type") == "text":
            parts.append({"type": kind, "text": part.get("text", "")})
        elif part.get("type") == "image_url":
            image = part.get("image_url")
            url = image.get("url") if isinstance(image, dict) else image
            detail = image.get("detail", "auto") if isinstance(image, dict) else "auto"
            parts.append({"type": "input_image", "image_url": url, "detail": detail})
        else:
            parts.append(part)
    return parts


def completion(answer: Mapping[str, Any]) -> dict[str, Any]:
    """A chat.completion of a whole response; an answer that holds an error stays as it is."""
    if answer.get("error"):
        return {"error": answer["error"]}
    texts: list[str] = []
    calls: list[dict[str, Any]] = []
    for item in answer.get("output") or []:
        if item.get("type") == "message":
            texts += [part.get("text", "") for part in item.get("content") or [] if part.get("type") == "output_text"]
        elif item.get("type") == "function_call":
            calls.append(
                {
                    "id": item.get("call_id") or item.get("id"),
                    "type": "function",
                    "function": {"name": item.get("name"), "arguments": item.get("arguments") or "{}"},
                }
            )
    message: dict[str, Any] = {"role": "assistant", "content": "".join(texts)}
    if calls:
        message["tool_calls"] = calls
    incomplete = answer.get("status") == "incomplete"
    out = {
        "id": answer.get("id"),
        "object": "chat.completion",
        "model": answer.get("model"),
        "choices": [
            {
                "index": 0,
                "message": message,
                "finish_reason": "tool_calls" if calls else "length" if incomplete else "stop",
            }
        ],
    }
    if answer.get("usage"):
        out["usage"] = answer["usage"]
    return out
