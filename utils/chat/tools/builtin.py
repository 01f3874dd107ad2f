"""The built-in tools, by category in the order in which models are told of them (chat.md section 6.1).

An area that brings tools of its own adds its category here.
"""

import calendar
import datetime
from typing import Any

from models import chat_rows, json_codec
from models.chats import Chat
from models.database import connection, write
from utils.chat import code_blocks, history, search, store
from utils.chat.tools import code, delegation, questions
from utils.chat.tools.tool import Calling, Tool, ToolFailed

_MOST_CHATS = 50


def _schema(required: list[str] | None = None, **properties: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = {"properties": properties}
    if required:
        schema["required"] = required
    return {**schema, "type": "object"}


def _tool(run: Any, name: str, description: str, parameters: dict[str, Any]) -> Tool:
    return Tool(name, {"name": name, "description": description, "parameters": parameters}, run)


def _number(arguments: dict[str, Any], key: str, default: int = 0) -> int:
    value = arguments.get(key)
    try:
        return default if value is None else int(value)
    except (TypeError, ValueError):
        raise ToolFailed(f"{key} must be a whole number.") from None


# -- time


def _moment(name: str, moment: datetime.datetime) -> dict[str, Any]:
    return {f"{name}_timestamp": int(moment.timestamp()), f"{name}_iso": moment.isoformat()}


def _now(_: Calling, __: dict[str, Any]) -> str:
    return json_codec.dumps(_moment("current", datetime.datetime.now(datetime.UTC)))


def _then(_: Calling, arguments: dict[str, Any]) -> str:
    moment = datetime.datetime.now(datetime.UTC)
    days = _number(arguments, "days_ago") + 7 * _number(arguments, "weeks_ago")
    months = _number(arguments, "months_ago") + 12 * _number(arguments, "years_ago")
    try:
        then = _months_before(moment - datetime.timedelta(days=days), months)
    except (ValueError, OverflowError):
        raise ToolFailed("This moment is outside the calendar.") from None
    return json_codec.dumps({**_moment("current", moment), **_moment("calculated", then)})


def _months_before(moment: datetime.datetime, months: int) -> datetime.datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    if not 1 <= year <= 9999:
        raise ValueError(year)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


def _ago(unit: str) -> dict[str, Any]:
    return {"default": 0, "description": f"How many {unit} to go back.", "type": "integer"}


_TIME = (
    _tool(_now, "get_current_timestamp", "Tells the present moment as a Unix timestamp in seconds.", _schema()),
    _tool(
        _then,
        "calculate_timestamp",
        "Tells the Unix timestamp of a moment in the past, for searches that are bounded by time: last week is "
        "weeks_ago=1, three days ago is days_ago=3.",
        _schema(days_ago=_ago("days"), weeks_ago=_ago("weeks"), months_ago=_ago("months"), years_ago=_ago("years")),
    ),
)


# -- earlier chats


def _search_chats(calling: Calling, arguments: dict[str, Any]) -> str:
    query = arguments.get("query")
    if not isinstance(query, str) or not query.strip():
        raise ToolFailed("query must be a text.")
    count = min(max(_number(arguments, "count", 5), 1), _MOST_CHATS)
    after, before = _number(arguments, "start_timestamp"), _number(arguments, "end_timestamp")
    with connection():
        rows = search.chats(calling.turn.user.id, query, 1)
    found = [
        {"id": row["id"], "title": row["title"], "snippet": row["snippet"] or "", "updated_at": row["updated_at"]}
        for row in rows
        if row["id"] != calling.turn.chat_id
        and (not after or row["updated_at"] >= after)
        and (not before or row["updated_at"] <= before)
    ]
    return json_codec.dumps(found[:count])


def _view_chat(calling: Calling, arguments: dict[str, Any]) -> str:
    chat_id = arguments.get("chat_id")
    columns = "id, user_id, title, current_message_id, updated_at, created_at"
    with connection():
        row = chat_rows.small(chat_id, columns) if isinstance(chat_id, str) else None
        if row is None or row["user_id"] != calling.turn.user.id:
            return json_codec.dumps({"error": "There is no such chat among the user's."})
        rows = history.branch(row["id"], row["current_message_id"]) if row["current_message_id"] else []
    messages = [
        {"role": one["role"], "content": history.plain(one["content"]) or store.text_of(one["output"])} for one in rows
    ]
    return json_codec.dumps(
        {
            "id": row["id"],
            "title": row["title"],
            "messages": messages,
            "updated_at": row["updated_at"],
            "created_at": row["created_at"],
        }
    )


def _moment_bound(side: str) -> dict[str, Any]:
    return {"description": f"Only chats changed {side} this Unix timestamp in seconds.", "type": "integer"}


_CHATS = (
    _tool(
        _search_chats,
        "search_chats",
        "Looks through titles and messages of the user's other chats. Use it for what was said before and is not "
        "part of this conversation. A phrase is found as it is, several words each for itself.",
        _schema(
            ["query"],
            query={"description": "The phrase or the words to look for.", "type": "string"},
            count={"default": 5, "description": "How many chats to return at most.", "type": "integer"},
            start_timestamp=_moment_bound("after"),
            end_timestamp=_moment_bound("before"),
        ),
    ),
    _tool(
        _view_chat,
        "view_chat",
        "Gives all messages of one of the user's chats, whose id a search has found.",
        _schema(["chat_id"], chat_id={"description": "The id of the chat.", "type": "string"}),
    ),
)


# -- the list of tasks beside a chat

_STATES = ("cancelled", "completed", "in_progress", "pending")


def _create_tasks(calling: Calling, arguments: dict[str, Any]) -> str:
    given = arguments.get("tasks")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise ToolFailed("tasks must be a list of objects.")
    tasks = [
        {
            "id": str(one.get("id") or place),
            "content": str(one.get("content") or ""),
            "status": one["status"] if one.get("status") in _STATES else "pending",
        }
        for place, one in enumerate(given, 1)
    ]
    return _keep_tasks(calling, lambda _: tasks)


def _update_task(calling: Calling, arguments: dict[str, Any]) -> str:
    task_id, status = str(arguments.get("id")), arguments.get("status") or "completed"
    if status not in _STATES:
        return json_codec.dumps({"error": f"{status} is no state; there are {', '.join(_STATES)}."})

    def changed(tasks: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
        if not any(one.get("id") == task_id for one in tasks):
            return None
        return [{**one, "status": status} if one.get("id") == task_id else one for one in tasks]

    return _keep_tasks(calling, changed) or json_codec.dumps({"error": f"There is no task with the id {task_id}."})


def _keep_tasks(calling: Calling, change: Any) -> str:
    """Stores the changed list with the chat and tells the page; empty where `change` gives None."""
    if not calling.turn.is_stored:
        raise ToolFailed("Tasks are only kept in saved chats.")
    with connection(), write():
        row = chat_rows.small(calling.turn.chat_id or "", "tasks")
        stored = Chat.tasks.python_value(row["tasks"]) if row is not None else None
        known = stored if isinstance(stored, list) else []
        tasks = change(known)
        if tasks is None:
            return ""
        Chat.update(tasks=tasks).where(Chat.id == calling.turn.chat_id).execute()
    calling.tell("chat:message:tasks", {"tasks": tasks})
    counted = {state: sum(1 for one in tasks if one.get("status") == state) for state in reversed(_STATES)}
    return json_codec.dumps({"tasks": tasks, "summary": {"total": len(tasks), **counted}})


_TASK = {
    "properties": {
        "id": {"description": "A name for the task; numbered where it is left out.", "type": "string"},
        "content": {"description": "What is to be done.", "type": "string"},
        "status": {"default": "pending", "description": "Its state.", "enum": list(_STATES), "type": "string"},
    },
    "required": ["content"],
    "type": "object",
}

_TASKS = (
    _tool(
        _create_tasks,
        "create_tasks",
        "Puts up a list of tasks beside the chat, so that the user sees how work of several steps goes on. "
        "It replaces the list that is there.",
        _schema(["tasks"], tasks={"description": "The tasks in their order.", "items": _TASK, "type": "array"}),
    ),
    _tool(
        _update_task,
        "update_task",
        "Changes the state of one task of the list.",
        _schema(
            ["id"],
            id={"description": "The id of the task.", "type": "string"},
            status={"default": "completed", "description": f"One of {', '.join(_STATES)}.", "type": "string"},
        ),
    ),
)

CATEGORIES: tuple[tuple[str, tuple[Tool, ...]], ...] = (
    ("time", _TIME),
    ("user_input", (questions.TOOL,)),
    ("chats", _CHATS),
    ("subagents", delegation.TOOLS),
    (code_blocks.FEATURE, (code.TOOL,)),
    ("tasks", _TASKS),
)
"""Category (as `meta.builtinTools` of a model names it) and its tools."""
