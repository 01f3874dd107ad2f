"""How much a user's chats used, by day, chat and model: counted by the database, no document is read."""

from dataclasses import dataclass
from typing import Any

from models.base import database
from models.chats import ChatMessage
from models.database import is_postgres

_NAMES = {
    "input": ("input_tokens", "prompt_tokens", "prompt_eval_count"),
    "output": ("output_tokens", "completion_tokens", "eval_count"),
}


@dataclass(frozen=True)
class Count:
    """The messages of one role, model, chat and day. `day` counts days since the epoch (UTC); `first`
    and `last` are seconds."""

    chat_id: str
    role: str
    model_id: str | None
    day: int
    messages: int
    input: int
    output: int
    first: int
    last: int


def counts(user_id: str) -> list[Count]:
    """All counts of a user, the latest first."""
    sql = f"""
        SELECT chat_id, role, model_id, created_at / 86400 AS day, count(*),
               sum({_tokens("input")}), sum({_tokens("output")}), min(created_at), max(created_at)
        FROM chat_message WHERE user_id = {database.param} AND created_at IS NOT NULL
        GROUP BY chat_id, role, model_id, created_at / 86400 ORDER BY max(created_at) DESC
    """
    rows = database.execute_sql(sql, (user_id,)).fetchall()
    return [
        Count(chat, role, model, day, messages, int(given or 0), int(taken or 0), first, last)
        for chat, role, model, day, messages, given, taken, first, last in rows
    ]


def _tokens(kind: str) -> str:
    # a count of none under one name may stand beside a real one under another
    return f"COALESCE({', '.join(f'NULLIF({_member(name)}, 0)' for name in _NAMES[kind])}, 0)"


def _member(name: str) -> str:
    """A number in the usage, whatever a provider put there."""
    if is_postgres():
        return f"CASE WHEN json_typeof(usage->'{name}') = 'number' THEN (usage->>'{name}')::numeric END"
    return f"CASE WHEN json_type(usage, '$.{name}') IN ('integer', 'real') THEN json_extract(usage, '$.{name}') END"


def tool_calls(user_id: str, start: int, end: int) -> dict[str, int]:
    """How often each tool was called in the messages of a time (s), by name."""
    rows = ChatMessage.select(ChatMessage.output).where(
        (ChatMessage.user_id == user_id)
        & ChatMessage.created_at.between(start, end)
        & ChatMessage.output.cast("text").contains('"function_call"')
    )
    found: dict[str, int] = {}
    for (output,) in rows.tuples():
        for item in output if isinstance(output, list) else ():
            if isinstance(item, dict) and item.get("type") == "function_call" and item.get("name"):
                found[item["name"]] = found.get(item["name"], 0) + 1
    return found


def chats_of(user_id: str) -> int:
    """How many chats the user has."""
    row: Any = database.execute_sql(
        f"SELECT count(*) FROM chat WHERE user_id = {database.param}", (user_id,)
    ).fetchone()
    return row[0]
