"""Tool search: long descriptions of tools stay here until the model asks for them (chat.md section 10, Tool search).

The model is told the names. `search_tools` gives descriptions, `call_tool` makes the call; such a call is
then the tool's own, for consent and for the page, and `provider_function` keeps what the model wrote.
"""

import re
from typing import Any

from models import json_codec
from utils.chat.tools import arguments, builtin
from utils.chat.tools.tool import Calling, Tool, ToolFailed
from utils.settings import keys
from utils.settings.setting import read

SEARCH, CALL = "search_tools", "call_tool"
_USUAL, _MOST = 5, 20
_ABOUT_LENGTH = 100
_WORD = re.compile(r"[a-z0-9]+")

_INTRODUCTION = """<available_tools>
These further tools exist; their parameters are not shown here. Look one up with search_tools, by its name or a few
words, then call it with call_tool: tool_name is its name, params its arguments as a JSON object in a string, such as
call_tool(tool_name="add", params='{"a": 1}'). They cannot be called directly. Search here before you say that
something cannot be done."""


def _size(tool: Tool) -> int:
    return len(json_codec.dumps(tool.spec))


def deferred(tools: dict[str, Tool]) -> dict[str, Tool]:
    """Those of `tools` that the model is only told the names of, in the order of their names."""
    enabled, most, always, built_in_too = read(
        keys.ENABLE_TOOL_SEARCH,
        keys.TOOL_SEARCH_DEFER_THRESHOLD,
        keys.TOOL_SEARCH_ALWAYS_LOADED,
        keys.TOOL_SEARCH_DEFER_BUILTIN_TOOLS,
    )
    if not enabled or not isinstance(most, int):
        return {}
    kept = set() if built_in_too else {id(tool) for _, several in builtin.CATEGORIES for tool in several}
    named = set(always or [])
    return {
        name: tool
        for name, tool in sorted(tools.items())
        if name not in named and id(tool) not in kept and _size(tool) > most
    }


def listed(tools: dict[str, Tool]) -> str:
    """The block of the system message that names the deferred tools."""
    lines = [_INTRODUCTION]
    for name, tool in tools.items():
        about = " ".join(str(tool.spec.get("description") or "").split())
        about = about if len(about) <= _ABOUT_LENGTH else about[: _ABOUT_LENGTH - 1].rstrip() + "…"
        lines.append(f"<tool>\n<name>{name}</name>\n<description>{about}</description>\n</tool>")
    return "\n".join([*lines, "</available_tools>"])


# -- looking for one


def search_tool(tools: dict[str, Tool]) -> Tool:
    """`search_tools` over the deferred tools."""

    def run(_: Calling, given: dict[str, Any]) -> str:
        query, count = given.get("query"), given.get("count", _USUAL)
        if not isinstance(query, str):
            raise ToolFailed("query must be a text.")
        count = count if isinstance(count, int) and not isinstance(count, bool) else _USUAL
        found = _found(tools, query.strip())[: min(max(count, 1), _MOST)]
        if not found:
            return json_codec.dumps({"tools": [], "message": "No tool matches; try other words or a name."})
        named = ("name", "description", "parameters")
        return json_codec.dumps({"tools": [{key: tool.spec.get(key) for key in named} for tool in found]})

    return Tool(SEARCH, _SEARCH_SPEC, run)


def _found(tools: dict[str, Tool], query: str) -> list[Tool]:
    """The tool of this name, else those that words of the query speak of: names count more than descriptions."""
    if query in tools:
        return [tools[query]]
    words = set(_WORD.findall(query.lower()))
    scored = [(_score(tool, words), tool) for tool in tools.values()]
    return [tool for score, tool in sorted(scored, key=lambda one: -one[0]) if score]


def _score(tool: Tool, words: set[str]) -> int:
    name, about = tool.name.lower(), str(tool.spec.get("description") or "").lower()
    return sum(3 * (word in name) + (word in about) for word in words)


# -- calling one


def unwrapped(call: dict[str, Any], tools: dict[str, Tool]) -> str | None:
    """Makes a `call_tool` item the call of the tool it names; what is wrong with it, if it cannot."""
    try:
        given = arguments.parsed(str(call.get("arguments") or ""))
    except arguments.NotAnObject:
        return "the arguments have to be one JSON object."
    name, wanted = given.get("tool_name"), given.get("params")
    if not isinstance(name, str) or not isinstance(wanted, (str, dict)):
        return f"{CALL} needs tool_name and params."
    if name in (SEARCH, CALL):
        return f"{CALL} calls neither itself nor {SEARCH}."
    if name not in tools:
        return f'there is no tool "{name}". Search for one.'
    try:
        inner = wanted if isinstance(wanted, dict) else arguments.parsed(wanted)
    except arguments.NotAnObject:
        return "params has to be a JSON object."
    call["provider_function"] = {"name": CALL, "arguments": call["arguments"]}
    call["name"], call["arguments"] = name, json_codec.dumps(inner)
    return None


def _not_unwrapped(_: Calling, __: dict[str, Any]) -> str:
    raise ToolFailed(f"{CALL} could not be understood.")


_SEARCH_SPEC = {
    "name": SEARCH,
    "description": (
        "Looks through the tools named in <available_tools> and gives their full descriptions. What it finds is "
        f"called with {CALL}."
    ),
    "parameters": {
        "properties": {
            "query": {"description": "Words for what is wanted, or the name of a tool.", "type": "string"},
            "count": {"default": _USUAL, "description": f"How many at most, up to {_MOST}.", "type": "integer"},
        },
        "required": ["query"],
        "type": "object",
    },
}

CALL_TOOL = Tool(
    CALL,
    {
        "name": CALL,
        "description": f"Calls a tool that {SEARCH} has found. Without arguments params is '{{}}'.",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {
                "tool_name": {"type": "string", "description": "The name of the tool."},
                "params": {"type": "string", "description": "Its arguments, a JSON object in a string."},
            },
            "required": ["tool_name", "params"],
            "additionalProperties": False,
        },
    },
    _not_unwrapped,
)
