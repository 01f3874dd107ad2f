"""Title, tags and follow-up questions, asked of a model once a reply is there (chat.md section 7)."""

import logging
import re
from typing import Any

from models import json_codec
from models.chats import Tag
from models.database import connection
from utils.chat import history, store
from utils.chat.turn import Turn
from utils.http.errors import ApiError
from utils.providers import catalog, completions
from utils.providers.catalog import Model
from utils.providers.context import Context, Person
from utils.settings import keys
from utils.settings.setting import read

log = logging.getLogger("lightwell.chat")

_WITHOUT_PARAMS = ("emoji_generation", "moa_response_generation")
_TOKENS = {"title_generation": 1000, "emoji_generation": 4}
_MOST_FOLLOW_UPS, _LONGEST_FOLLOW_UP = 5, 400

TITLE_PROMPT = """Name the conversation below in 3 to 5 words, in the language it is held in.
Say what it is about, without quotation marks and without markup; one fitting emoji may come first.

Answer with JSON only: {"title": "the name"}

<conversation>
{{MESSAGES:END:2}}
</conversation>"""

TAGS_PROMPT = """Choose 1 to 3 broad subjects for the conversation below, such as Science or Travel, and up to 3
narrower ones where they are plain, in its language. If it is too short to tell, use only "General".

Answer with JSON only: {"tags": ["subject", "subject"]}

<conversation>
{{MESSAGES:END:6}}
</conversation>"""

FOLLOW_UPS_PROMPT = """Think of 3 to 5 short questions or requests that the user of this conversation might send next.
Write them from the user's side, in the language of the conversation, each about what was said, none already answered.

Answer with JSON only: {"follow_ups": ["first", "second", "third"]}

<conversation>
{{MESSAGES:END:6}}
</conversation>"""

_PLACEHOLDER = re.compile(r"\{\{(MESSAGES|prompt)(?::(START|END|MIDDLETRUNCATE|start|end|middletruncate):(\d+))?\}\}")


def filled(template: str, messages: list[dict[str, Any]]) -> str:
    """`template` with the conversation in its places: all of it, its start, end, or both with the middle
    left out; `{{prompt}}` is the last question."""
    question = next((history.plain(m.get("content")) for m in reversed(messages) if m.get("role") == "user"), "")

    def place(found: re.Match[str]) -> str:
        kind, part, count = found[1], (found[2] or "").upper(), int(found[3] or 0)
        if kind == "prompt":
            return _cut(question, part, count)
        return "\n".join(_line(message) for message in _chosen(messages, part, count))

    return _PLACEHOLDER.sub(place, template)


def _cut(text: str, part: str, count: int) -> str:
    if part == "START":
        return text[:count]
    if part == "END":
        return text[-count:] if count else ""
    if part == "MIDDLETRUNCATE" and len(text) > count:
        half = count // 2
        return f"{text[: count - half]}...{text[-half:] if half else ''}"
    return text


def _chosen(messages: list[dict[str, Any]], part: str, count: int) -> list[dict[str, Any]]:
    if part == "START":
        return messages[:count]
    if part == "END":
        return messages[-count:] if count else []
    if part == "MIDDLETRUNCATE" and len(messages) > count:
        half = count // 2
        return messages[: count - half] + (messages[-half:] if half else [])
    return messages


def _line(message: dict[str, Any]) -> str:
    return f"{str(message.get('role')).upper()}: {history.plain(message.get('content'))}"


def task_model(user: Person, chat_model: Model) -> Model:
    """The model that small tasks go to: the configured one for local or external chat models, if it
    exists, else the chat's own."""
    for_local, for_external = read(keys.TASK_MODEL, keys.TASK_MODEL_EXTERNAL)
    wanted = for_local if chat_model.connection_type == "local" else for_external
    return (catalog.find(wanted, user) if wanted else None) or chat_model


def task_body(model: Model, kind_name: str, prompt: str, *, stream: bool = False) -> dict[str, Any]:
    """The chat body of a task. `task.model.params` stand in for the bound on tokens; the emoji and the
    merger of answers do not know them."""
    params = {} if kind_name in _WITHOUT_PARAMS else keys.TASK_MODEL_PARAMS.get() or {}
    body = {
        "model": model.id,
        "messages": [{"role": "user", "content": prompt}],
        "stream": stream,
        **params,
    }
    most = _TOKENS.get(kind_name)
    if most is None or params:
        return body
    if kind_name == "title_generation" and model.owned_by != "ollama":
        most = model.params.get("max_tokens") or most
    return body | ({"options": {"num_predict": most}} if model.owned_by == "ollama" else {"max_tokens": most})


def ask(turn: Turn, model: Model, kind: str, prompt: str, message_id: str) -> str:
    """The task model's answer to one prompt. Raises `ApiError` where it fails."""
    chosen = task_model(turn.user, model)
    body = task_body(chosen, kind, prompt)
    context = Context(
        user=turn.user, chat_id=turn.chat_id or "", message_id=message_id, task=kind, **turn.provider_context
    )
    answer = completions.complete(chosen, body, context).json()
    choices = answer.get("choices") if isinstance(answer, dict) else None
    message = choices[0].get("message") if choices else None
    return history.plain((message or {}).get("content"))


def json_in(text: str) -> dict[str, Any]:
    """The object between the first brace and the last; empty where there is none."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end <= start:
        return {}
    try:
        value = json_codec.loads(text[start : end + 1])
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def conversation(turn: Turn, message_id: str) -> list[dict[str, Any]]:
    """The conversation up to a reply, as texts."""
    if turn.is_stored:
        with connection():
            rows = history.branch(turn.chat_id or "", message_id)
        return [{"role": row["role"], "content": _said(row)} for row in rows]
    given = turn.body.get("messages")
    return [
        {"role": one.get("role"), "content": _said(one)}
        for one in (given if isinstance(given, list) else [])
        if isinstance(one, dict)
    ]


def _said(message: dict[str, Any]) -> str:
    return history.plain(message.get("content")) or store.text_of(message.get("output"))


def make_title(turn: Turn, model: Model, message_id: str) -> str | None:
    """Names the chat and stores the name; None where titles are off or the chat is gone."""
    with connection():
        enabled, template = read(keys.ENABLE_TITLE_GENERATION, keys.TITLE_GENERATION_PROMPT_TEMPLATE)
    if not enabled:
        return first_question(turn)
    messages = conversation(turn, message_id)
    title = ""
    try:
        found = json_in(ask(turn, model, "title_generation", filled(template or TITLE_PROMPT, messages), message_id))
        title = str(found.get("title") or "")
    except ApiError as error:
        log.warning("no title for chat %s: %s", turn.chat_id, error.detail)
    return _store_title(turn, title or (messages[0]["content"] if messages else ""))


def first_question(turn: Turn) -> str | None:
    """Without a generated title, a chat of one question is called by it."""
    with connection(), store.edit(turn.chat_id or "") as chat:
        texts = [one for one in chat.messages.values() if one.get("role") == "user"]
        if len(chat.messages) > 2 or not texts:
            return None
        title = history.plain(texts[0].get("content"))
        chat.set_title(title or store.NEW_TITLE)
        return title or store.NEW_TITLE


def _store_title(turn: Turn, title: str) -> str | None:
    title = title.strip() or store.NEW_TITLE
    try:
        with connection(), store.edit(turn.chat_id or "") as chat:
            chat.set_title(title)
    except store.ChatGone:
        return None
    return title


def make_tags(turn: Turn, model: Model, message_id: str) -> list[str] | None:
    """Tags the chat; None where tags are off or the answer cannot be read."""
    with connection():
        enabled, template = read(keys.ENABLE_TAGS_GENERATION, keys.TAGS_GENERATION_PROMPT_TEMPLATE)
    if not enabled:
        return None
    messages = conversation(turn, message_id)
    try:
        found = json_in(ask(turn, model, "tags_generation", filled(template or TAGS_PROMPT, messages), message_id))
    except ApiError as error:
        log.warning("no tags for chat %s: %s", turn.chat_id, error.detail)
        return None
    given = found.get("tags", [])
    if not found or not isinstance(given, list):
        return None
    names = [one.strip() for one in given if isinstance(one, str) and one.strip()]
    try:
        with connection(), store.edit(turn.chat_id or "") as chat:
            meta = dict(chat.row.meta or {})
            tag_ids = Tag.ensure(chat.user_id, names)
            meta["tags"] = list(dict.fromkeys([*(meta.get("tags") or []), *tag_ids]))
            chat.columns["meta"] = meta
    except store.ChatGone:
        return None
    return names


def make_follow_ups(turn: Turn, model: Model, message_id: str, reply: str) -> list[str] | None:
    """Questions the user may ask next, stored with the reply; None where they are off."""
    with connection():
        enabled, template = read(keys.ENABLE_FOLLOW_UP_GENERATION, keys.FOLLOW_UP_GENERATION_PROMPT_TEMPLATE)
    if not enabled:
        return None
    messages = conversation(turn, message_id)
    if not turn.is_stored:
        messages.append({"role": "assistant", "content": reply})
    try:
        text = ask(turn, model, "follow_up_generation", filled(template or FOLLOW_UPS_PROMPT, messages), message_id)
        found = json_in(text).get("follow_ups")
    except ApiError as error:
        log.warning("no follow-ups for chat %s: %s", turn.chat_id, error.detail)
        found = None
    texts = [one.strip() for one in found if isinstance(one, str)] if isinstance(found, list) else []
    usable = [one for one in texts if 0 < len(one) <= _LONGEST_FOLLOW_UP]
    follow_ups = list(dict.fromkeys(usable))[:_MOST_FOLLOW_UPS]
    if turn.is_stored:
        try:
            with connection(), store.edit(turn.chat_id or "") as chat:
                if message_id in chat.messages:
                    chat.messages[message_id]["followUps"] = follow_ups
                    chat.changed()
        except store.ChatGone:
            return None
    return follow_ups
