"""Figures about a chat: how many messages of which models, how long, how fast (openapi: ChatStatsExport,
ChatUsageStatsResponse). Texts are counted, never given."""

from collections import Counter
from typing import Any

from models import documents, json_codec
from utils.chat import merge, store
from utils.http.errors import bad_request

Message = dict[str, Any]


def export(row: dict[str, Any], *, strict: bool = False) -> dict[str, Any]:
    """The figures of a whole row with one entry a message. Raises 400 where `strict` and its messages are null."""
    document, messages = _read(row)
    merge.shown(document)
    history = document.get("history")
    if strict and isinstance(history, dict) and history.get("messages", ...) is None:
        raise bad_request("This chat has no messages that could be counted.")
    return {
        "id": row["id"],
        "user_id": row["user_id"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
        "tags": _tags(row),
        "stats": _figures(messages, _path(document, messages)),
        "chat": {
            "history": {
                "messages": {key: _entry(one) for key, one in messages.items()},
                "currentId": history.get("currentId") if isinstance(history, dict) else None,
            }
        },
    }


def usage(row: dict[str, Any]) -> dict[str, Any]:
    """The figures of a whole row."""
    document, messages = _read(row)
    path = _path(document, messages)
    figures = _figures(messages, path)
    answers = [one for one in messages.values() if one.get("role") == "assistant"]
    # content in parts counts as so many parts here, not as its text
    figures["average_assistant_message_content_length"] = _mean([_size(one) for one in answers])
    stamps = [stamp for one in path[-1:] if (stamp := one.get("timestamp")) is not None]
    return {
        "id": row["id"],
        **dict(sorted(figures.items(), key=lambda item: _ORDER[item[0]])),
        "tags": _tags(row),
        "last_message_at": stamps[0] if stamps else row["updated_at"],
        "updated_at": row["updated_at"],
        "created_at": row["created_at"],
    }


_ORDER = {
    name: place
    for place, name in enumerate(
        (
            "models",
            "message_count",
            "history_models",
            "history_message_count",
            "history_user_message_count",
            "history_assistant_message_count",
            "average_response_time",
            "average_user_message_content_length",
            "average_assistant_message_content_length",
        )
    )
}


def _read(row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Message]]:
    document = documents.decoded(row["chat"]) if row["chat"] else {}
    document = document if isinstance(document, dict) else {}
    return document, store.messages_of(document)


def _tags(row: dict[str, Any]) -> list[str]:
    meta = json_codec.loads(row["meta"]) if row["meta"] else None
    tags = meta.get("tags") if isinstance(meta, dict) else None
    return [one for one in tags if isinstance(one, str)] if isinstance(tags, list) else []


def _path(document: dict[str, Any], messages: dict[str, Message]) -> list[Message]:
    """The messages of the branch that is shown."""
    current = store.current_message_id(document)
    return [messages[one] for one in merge.branch(messages, current or "")]


def _figures(messages: dict[str, Message], path: list[Message]) -> dict[str, Any]:
    everything = list(messages.values())
    questions = [one for one in everything if one.get("role") == "user"]
    answers = [one for one in everything if one.get("role") == "assistant"]
    return {
        "average_response_time": _mean(_waits(messages, answers)),
        "average_user_message_content_length": _mean([_length(one) for one in questions]),
        "average_assistant_message_content_length": _mean([_length(one) for one in answers]),
        "models": _models(path),
        "message_count": len(path),
        "history_models": _models(everything),
        "history_message_count": len(everything),
        "history_user_message_count": len(questions),
        "history_assistant_message_count": len(answers),
    }


def _models(messages: list[Message]) -> dict[str, int]:
    named = (one.get("model") for one in messages if one.get("role") == "assistant")
    return dict(Counter(model for model in named if isinstance(model, str) and model))


def _waits(messages: dict[str, Message], answers: list[Message]) -> list[float]:
    """The seconds from each question to its answer."""
    found = []
    for one in answers:
        question = messages.get(one.get("parentId") or "", {})
        asked, answered = question.get("timestamp"), one.get("timestamp")
        if isinstance(asked, (int, float)) and isinstance(answered, (int, float)):
            found.append(answered - asked)
    return found


def _mean(values: list[Any]) -> float:
    return sum(values) / len(values) if values else 0.0


def _length(message: Message) -> int:
    content = message.get("content")
    if isinstance(content, list):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        return sum(len(text) for text in parts if isinstance(text, str))
    return len(content) if isinstance(content, str) else 0


def _size(message: Message) -> int:
    content = message.get("content")
    return len(content) if isinstance(content, (str, list)) else 0


def _entry(message: Message) -> dict[str, Any]:
    annotation = message.get("annotation")
    annotation = annotation if isinstance(annotation, dict) else {}
    return {
        "id": message["id"],
        "role": message.get("role") or "",
        "model": message.get("model"),
        "content_length": _length(message),
        "token_count": None,
        "timestamp": message.get("timestamp"),
        "rating": annotation.get("rating"),
        "tags": annotation.get("tags"),
    }
