"""`delegate_task` and `timer`: work that goes on beside a chat, or later in it (chat.md 6.7)."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from models import json_codec
from models.database import connection
from utils.chat import history, inner, reminders, tasks
from utils.chat.inner import SubAgent
from utils.chat.tools.tool import Calling, Tool, ToolFailed
from utils.chat.turn import Turn
from utils.settings import keys
from utils.settings.setting import read

DELEGATE_NAME = "delegate_task"


# -- handing a task on


def _delegate(calling: Calling, arguments: dict[str, Any]) -> str:
    if arguments.get("task") is None:
        raise ToolFailed("task is needed.")
    task = str(arguments["task"]).strip()
    if not task:
        return "Error: task must not be empty."
    context = str(arguments.get("context") or "").strip()
    question: dict[str, Any] = {"content": f"{task}\n\n## Context\n{context}" if context else task}
    background = arguments.get("background") is True
    if background and (calling.turn.body.get("model_item") or {}).get("direct"):
        return "Error: through a direct connection sub-agents cannot work in the background."
    with connection():
        wanted = arguments.get("file_ids")
        files, missing = _files(calling.turn, wanted if isinstance(wanted, list) else [])
    if missing:
        return f"Error: these file_ids are not attached to the chat: {', '.join(missing)}"
    if files:
        question["files"] = files
    return _dispatched(calling, question, task) if background else _done(calling, question, task)


def _files(turn: Turn, wanted: list[Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """The attached files of these ids, and the ids that are none."""
    if not wanted:
        return [], []
    attached: dict[str, dict[str, Any]] = {}
    question_id = turn.user_message_id
    said = history.branch(turn.chat_id or "", question_id, files=True) if question_id else []
    for files in (turn.body.get("files"), *(one["files"] for one in said)):
        for file in files if isinstance(files, list) else []:
            if isinstance(file, dict) and isinstance(file.get("id"), str):
                attached.setdefault(file["id"], file)
    ids = list(dict.fromkeys(str(one) for one in wanted))
    return [attached[one] for one in ids if one in attached], [one for one in ids if one not in attached]


def _done(calling: Calling, question: dict[str, Any], task: str) -> str:
    """The sub-agent's last word, once it has come."""
    most = keys.SUBAGENTS_MAX_CONCURRENT.get()
    with _place(most if isinstance(most, int) else 1, calling.task):
        with connection():
            agent = inner.open_subagent(calling.turn, calling.target.message_id, question, task, "foreground")
            turn = agent.turn(calling.turn.user)
        turn.provider_context = calling.turn.provider_context
        if calling.turn.body.get("model_item"):
            turn.body["model_item"] = calling.turn.body["model_item"]
        calling.inner.answer(turn, calling.task)
    with connection():
        status, text = agent.outcome()
    if status == "error":
        return f"Error: {text}"
    return "Error: the sub-agent was stopped." if status == "interrupted" else text or "The sub-agent said nothing."


_free = threading.Condition()
_waited_for: list[tasks.Task] = []


@contextlib.contextmanager
def _place(most: int, task: tasks.Task) -> Iterator[None]:
    """One of the places for sub-agents at work in this process; waits for one."""

    def wake() -> None:
        with _free:
            _free.notify_all()

    task.on_stop(wake)
    with _free:
        _free.wait_for(lambda: task.stopped or len(_waited_for) < max(most, 1))
        task.check()
        _waited_for.append(task)
    try:
        yield
    finally:
        with _free:
            _waited_for.remove(task)
            _free.notify()


_dispatched_here: list[SubAgent] = []
_counting = threading.Lock()


def _dispatched(calling: Calling, question: dict[str, Any], task: str) -> str:
    """Hands the task on and says so; the result comes into the chat by itself."""
    most = keys.SUBAGENTS_MAX_ASYNC.get()
    with _counting, connection():
        _dispatched_here[:] = inner.unfinished(_dispatched_here)
        elsewhere = inner.background_chats(list(tasks.items()))
        running = len(elsewhere | {one.chat_id for one in _dispatched_here})
        if isinstance(most, int) and running >= most:
            return f"Error: {running} sub-agents work in the background, and no more may. Wait until one has finished."
        agent = inner.open_subagent(calling.turn, calling.target.message_id, question, task, "background")
        _dispatched_here.append(agent)
    calling.inner.later(agent)
    said = {"delegation_id": agent.delegation_id, "subagent_chat_id": agent.chat_id, "mode": "background"}
    return json_codec.dumps({"status": "dispatched", **said, "task": task})


# -- a prompt for later


def _timer(calling: Calling, arguments: dict[str, Any]) -> str:
    prompt, at = arguments.get("prompt"), arguments.get("at")
    if prompt is None or at is None:
        raise ToolFailed("prompt and at are needed.")
    prompt = str(prompt).strip()
    if not prompt:
        return "Error: prompt must not be empty."
    cancel_on = arguments.get("cancel_on") or []
    if not isinstance(cancel_on, list) or not all(one in reminders.CANCELLING for one in cancel_on):
        return f"Error: cancel_on may name {' and '.join(reminders.CANCELLING)} only."
    if (calling.turn.body.get("model_item") or {}).get("direct"):
        return "Error: through a direct connection there are no timers."
    try:
        due = reminders.moment_ns(str(at))
        named = reminders.named(due)
    except reminders.BadMoment as error:
        return f"Error: {error}"
    cancel_on = list(dict.fromkeys(cancel_on))
    with connection():
        inner.open_timer(calling.turn, calling.target.message_id, prompt, due, cancel_on)
    return json_codec.dumps({"status": "set", "at": named, "cancel_on": cancel_on})


# -- what the model is told of them

_HERE = {
    "task": {"description": "What the sub-agent has to do, said in full.", "type": "string"},
    "context": {
        "default": "",
        "description": "What it needs to know of this conversation: facts, decisions, names.",
        "type": "string",
    },
    "file_ids": {
        "description": "Ids of attached files and pictures that it needs; naming them in the context is not enough.",
        "items": {"type": "string"},
        "type": "array",
    },
}
_BACKGROUND = {
    "background": {
        "default": False,
        "description": "Do not wait: the result comes into this chat when it is there.",
        "type": "boolean",
    }
}


def _delegation(properties: dict[str, Any]) -> Tool:
    about = "Hands a task of its own to a sub-agent with the same model and tools, and gives back what it reports."
    parameters = {"properties": properties, "required": ["task"], "type": "object"}
    return Tool(DELEGATE_NAME, {"name": DELEGATE_NAME, "description": about, "parameters": parameters}, _delegate)


DELEGATE_LATER, DELEGATE_HERE = _delegation({**_HERE, **_BACKGROUND}), _delegation(_HERE)
TIMER = Tool(
    "timer",
    {
        "name": "timer",
        "description": "Puts a prompt into this chat later, once, as if the user had sent it then.",
        "parameters": {
            "properties": {
                "prompt": {"description": "The prompt.", "type": "string"},
                "at": {
                    "description": "When: 10s, 5m, 1h, 2d from now, or an RFC 3339 moment with its time zone.",
                    "type": "string",
                },
                "cancel_on": {
                    "description": "What calls it off before: the user reading the chat, or writing into it.",
                    "items": {"enum": list(reminders.CANCELLING), "type": "string"},
                    "type": "array",
                },
            },
            "required": ["prompt", "at"],
            "type": "object",
        },
    },
    _timer,
)

TOOLS = (DELEGATE_LATER, DELEGATE_HERE, TIMER)


def withheld(turn: Turn) -> tuple[Tool, ...]:
    """Those of the tools that this turn's model is not offered: inside a sub-agent none is."""
    enabled, background = read(keys.ENABLE_SUBAGENTS, keys.SUBAGENTS_BACKGROUND_ENABLED)
    if not enabled or not turn.is_stored or turn.is_internal:
        return TOOLS
    return () if background else (DELEGATE_LATER,)
