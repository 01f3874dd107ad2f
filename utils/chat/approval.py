"""Replies that wait for a person: what is kept meanwhile, the decision, and going on (chat.md 6.4, 6.5).

Nothing waits in memory: the decision changes the stored reply and starts a new task.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from utils.auth.identity import Account
from utils.chat import access, store, tasks
from utils.chat.items import message_item
from utils.chat.tools import questions
from utils.chat.turn import Target, Turn
from utils.http.errors import ApiError, bad_request, conflict, forbidden, not_found, unauthorised
from utils.settings import keys

_REJECTED = "Error: the user rejected this call."
_OPEN = ("pending", "queued")
_LISTS = ("tool_ids", "skill_ids", "filter_ids", "files")
_OBJECTS = ("features", "variables")
_PARAMS = (
    "stream_delta_chunk_size",
    "reasoning_tags",
    "compact_token_threshold",
    "function_calling",
    "tool_approval_mode",
    "model_controls",
)


@dataclass(frozen=True)
class Decision:
    """What a person decided about a call: `action` is approve, reject or answer."""

    call_id: str
    action: str
    answers: Any = None
    timed_out: bool = False


def mode(params: Mapping[str, Any]) -> str:
    """ "ask" where every call of a tool needs a person's consent, else "full"."""
    return "ask" if params.get("tool_approval_mode") == "ask" and keys.ENABLE_TOOL_PERMISSIONS.get() else "full"


def kept(turn: Turn) -> dict[str, Any]:
    """What the meta of a waiting reply holds, for the turn that goes on."""
    body, params = turn.body, turn.params
    defaults = {"function_calling": "native", "model_controls": {}}
    return {
        "session_id": turn.session_id,
        **{key: body[key] if isinstance(body.get(key), list) else [] for key in _LISTS[:2]},
        "terminal_id": body.get("terminal_id"),
        "tool_servers": body.get("tool_servers") or None,
        "filter_ids": body["filter_ids"] if isinstance(body.get("filter_ids"), list) else [],
        **{key: body[key] if isinstance(body.get(key), dict) else {} for key in _OBJECTS},
        "files": body["files"] if isinstance(body.get("files"), list) else [],
        "params": {**{key: params.get(key, defaults.get(key)) for key in _PARAMS}, "tool_approval_mode": mode(params)},
    }


def resolve(user: Account, chat_id: str, message_id: str, decision: Decision) -> tuple[Turn, list[dict[str, Any]]]:
    """Writes the decision into the stored reply and registers the task that goes on with it; none is
    needed while other calls wait and there is nothing to run.

    Returns the turn and the reply's output. Raises 401 for a chat that is not the caller's, 404 for no
    such reply or call, 403 for somebody else's reply, 409 where it is decided already, 400 for an action
    that does not fit the call.
    """
    owner_id = _owner_of(chat_id, user)
    task = None
    try:
        with store.edit(chat_id) as chat:
            message = chat.messages.get(message_id)
            if message is None:
                raise not_found("There is no such message.")
            if message.get("user_id", owner_id) != user.id:
                raise forbidden("This reply was not asked for by you.")
            output = [dict(item) for item in message.get("output") or [] if isinstance(item, dict)]
            _decide(output, decision)
            meta = dict(message.get("meta") or {})
            if decision.action == "approve" or not _waiting(output):
                task = tasks.begin(chat_id, user.id)
                meta["task_id"] = task.id
            chat.put(message_id, {"output": output, "meta": meta, "user_id": user.id, "done": False})
            question = chat.messages.get(message.get("parentId") or "") or {}
            turn = _turn(user, chat_id, message_id, message, meta, question)
            turn.folder_id, turn.owner_id = chat.row.folder_id, owner_id
            turn.targets[0].task = task
    except BaseException:
        if task is not None:
            tasks.end(task)
        raise
    return turn, output


def _owner_of(chat_id: str, user: Account) -> str:
    try:
        return access.owner_to_continue(chat_id, user)
    except ApiError:
        raise unauthorised("There is no such chat, or it is not yours.") from None


def _decide(output: list[dict[str, Any]], decision: Decision) -> None:
    call = next(
        (one for one in output if one.get("type") == "function_call" and one.get("call_id") == decision.call_id), None
    )
    if call is None:
        raise not_found("There is no such call.")
    has_result = any(
        one.get("type") == "function_call_output" and one.get("call_id") == decision.call_id for one in output
    )
    if has_result or call.get("approved") or call.get("status") not in _OPEN:
        raise conflict("This call is decided already.")
    is_question = call.get("name") == questions.NAME
    if decision.action == ("approve" if is_question else "answer"):
        raise bad_request("This call cannot be decided in this way.")
    if decision.action == "approve":
        call.update(status="queued", approved=True)
        return
    status = "rejected" if decision.action == "reject" else "completed"
    call["status"] = status
    text = (
        _REJECTED if decision.action == "reject" else questions.answered(decision.answers, timed_out=decision.timed_out)
    )
    output.append(
        {
            "type": "function_call_output",
            "id": f"fco_{decision.call_id}",
            "call_id": decision.call_id,
            "output": [{"type": "input_text", "text": text}],
            "status": status,
        }
    )
    waiting = _waiting(output)
    if waiting and not any(one["status"] == "pending" for one in waiting):
        waiting[0]["status"] = "pending"


def _waiting(output: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The calls that nobody has decided yet."""
    return [
        one
        for one in output
        if one.get("type") == "function_call" and one.get("status") in _OPEN and not one.get("approved")
    ]


def _turn(
    user: Account,
    chat_id: str,
    message_id: str,
    message: dict[str, Any],
    meta: dict[str, Any],
    question: dict[str, Any],
) -> Turn:
    """The turn that the reply was asked for by, as far as it was kept."""
    body = {key: meta[key] for key in (*_LISTS, *_OBJECTS, "terminal_id", "tool_servers", "params") if meta.get(key)}
    model_id = str(message.get("model") or "")
    return Turn(
        user=user,
        body={**body, "model": model_id, "stream": True, "assistant_message_id": message_id},
        chat_id=chat_id,
        targets=[Target(model_id, message_id)],
        session_id=meta.get("session_id"),
        user_message=question or None,
        parent_id=message.get("parentId"),
        is_resumed=True,
    )


def shown(output: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The output as the page is told of it at once: when nothing waits any more, with room for the text to come."""
    waits = any(one.get("type") == "function_call" and one.get("status") in _OPEN for one in output)
    return output if waits else [*output, message_item()]
