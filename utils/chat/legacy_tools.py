"""Tools for models that know none: a model is asked beforehand which to call, and the results become
sources of the question (chat.md section 6.3)."""

import logging
from typing import Any

from models import json_codec
from models.database import connection
from utils.chat import history, titles
from utils.chat.payload import Draft
from utils.chat.sources import Source
from utils.chat.tools import results
from utils.chat.tools.tool import Calling, Tool, ToolFailed
from utils.http.errors import ApiError
from utils.providers import completions
from utils.settings import keys

log = logging.getLogger("lightwell.tools")

_EARLIER = 4

PROMPT = """These tools can be called, described as JSON:
{{TOOLS}}

Decide which of them help with the query, and with which parameters. Call none that is not needed.

Answer with JSON only: {"tool_calls": [{"name": "a tool", "parameters": {"its": "parameters"}}]}
Without a tool that helps: {"tool_calls": []}"""


def sources(draft: Draft, calling: Calling) -> list[Source]:
    """What the chosen tools returned; none where nothing is called or the choice cannot be read."""
    if not draft.tools or draft.params.get("function_calling") != "legacy":
        return []
    try:
        chosen = _chosen(draft, calling)
    except ApiError as error:
        log.warning("no choice of tools for chat %s: %s", calling.turn.chat_id, error.detail)
        return []
    found = []
    for call in chosen:
        calling.task.check()
        tool = draft.tools.get(str(call.get("name")))
        if tool is not None:
            found.append(_called(tool, call, calling))
    return found


def _chosen(draft: Draft, calling: Calling) -> list[dict[str, Any]]:
    with connection():
        model = titles.task_model(calling.turn.user, draft.model)
        template = keys.TOOLS_FUNCTION_CALLING_PROMPT_TEMPLATE.get() or PROMPT
    specs = json_codec.dumps([tool.spec for tool in draft.tools.values()])
    body = {
        "model": model.id,
        "messages": [
            {"role": "system", "content": template.replace("{{TOOLS}}", specs)},
            {"role": "user", "content": _query(draft.messages)},
        ],
        "stream": False,
    }
    calling.context.task = "function_calling"
    answer = completions.complete(model, body, calling.context).json()
    choices = answer.get("choices") if isinstance(answer, dict) else None
    message = (choices[0].get("message") or {}) if choices else {}
    found = titles.json_in(history.plain(message.get("content")))
    calls = found.get("tool_calls", [found])
    return [one for one in calls if isinstance(one, dict)] if isinstance(calls, list) else []


def _query(messages: list[dict[str, Any]]) -> str:
    """The last question, behind the few messages before it."""
    said = [one for one in messages if one.get("role") in ("user", "assistant")]
    place = next((at for at in range(len(said) - 1, -1, -1) if said[at]["role"] == "user"), len(said))
    question = history.plain(said[place].get("content")) if place < len(said) else ""
    earlier = said[max(place - _EARLIER, 0) : place]
    if not earlier:
        return f"Query: {question}"
    lines = "\n".join(f"{one['role'].upper()}: {history.plain(one.get('content'))}" for one in earlier)
    return f"History:\n{lines}\nQuery: {question}"


def _called(tool: Tool, call: dict[str, Any], calling: Calling) -> Source:
    given = call.get("parameters")
    given = given if isinstance(given, dict) else {}
    if not tool.open:
        given = {key: value for key, value in given.items() if key in tool.properties}
    try:
        result = results.of(tool.name, tool.run(calling, given))
    except ToolFailed as error:
        result = results.failure(str(error))
    name = f"{tool.origin}/{tool.name}" if tool.origin else tool.name
    return {
        "source": {"name": name},
        "document": [result.text],
        "metadata": [{"source": name, "parameters": given}],
        "tool_result": True,
    }
