"""Chats inside a chat: sub-agents that work for it, and how a turn is begun without a request (chat.md 6.7).

A `run` is what such a turn needs of the one it comes from: a JSON object, in the form that the other
server keeps with its timers, so that each can go on with the other's.
"""

import secrets
import time
from dataclasses import dataclass
from typing import Any

from models.base import new_id, now
from models.chats import Chat, ChatMessage
from utils.auth.identity import Account
from utils.chat import approval, history, live, store
from utils.chat.turn import Target, Turn
from utils.settings import keys
from utils.settings.setting import read

PROMPT = """You work on one task that another assistant has handed to you. Use your tools and do this task only, to its
end; nobody can be asked, so decide what is left open by yourself. Your last message is all that the other assistant
gets to see: say what you found or did, what you changed, and what remains uncertain."""
STOPPED = "The sub-agent was stopped."

_TITLE_LENGTH = 60
_LISTS = ("tool_ids", "skill_ids", "filter_ids", "files")


# -- turns without a request


def run_of(turn: Turn) -> dict[str, Any]:
    """What a turn that follows this one by itself needs of it."""
    body = turn.body
    given = body.get("messages")
    system = [one for one in given if isinstance(one, dict) and one.get("role") == "system"][:1] if given else []
    params = {"system": turn.params["system"]} if turn.params.get("system") else {}
    if approval.mode(turn.params) == "ask":
        params["tool_approval_mode"] = "ask"
    return {
        "model_id": turn.targets[0].model_id if turn.targets else body.get("model"),
        "session_id": turn.session_id,
        **{key: body[key] if isinstance(body.get(key), list) else [] for key in _LISTS},
        "chat_context": {
            "messages": system,
            "params": params,
            "chat_variables": turn.chat_variables,
            "skill_versions": {},
            "mentioned_skill_ids": [],
        },
        "terminal_id": body.get("terminal_id"),
        "features": body["features"] if isinstance(body.get("features"), dict) else {},
        "variables": turn.variables,
    }


def turn_after(run: dict[str, Any], user: Account, chat_id: str, question: dict[str, Any], reply_id: str) -> Turn:
    """The turn that answers a stored question with what is known of an earlier one."""
    context = run.get("chat_context") or {}
    model_id = str(question.get("model") or run.get("model_id") or "")
    body = {
        "model": model_id,
        "stream": True,
        "messages": context.get("messages") or [],
        "params": context.get("params") or {},
        **{key: run[key] for key in (*_LISTS, "terminal_id", "features", "variables") if run.get(key)},
    }
    if context.get("chat_variables"):
        body["chat_variables"] = context["chat_variables"]
    return Turn(
        user=user,
        body=body,
        chat_id=chat_id,
        targets=[Target(model_id, reply_id)],
        session_id=run.get("session_id"),
        user_message=question,
        parent_id=question.get("parentId"),
        is_follow_up=True,
        owner_id=user.id,
    )


# -- sub-agents


@dataclass(frozen=True)
class SubAgent:
    """A task that was handed on, and the chat it is worked on in. JSON values only."""

    chat_id: str
    question_id: str
    reply_id: str
    delegation_id: str
    task: str
    parent_chat_id: str
    user_id: str
    run: dict[str, Any]
    dispatched_at: float

    def turn(self, user: Account) -> Turn:
        """The turn that does the task."""
        most, own_prompt = read(keys.SUBAGENTS_MAX_ITERATIONS, keys.SUBAGENTS_SYSTEM_PROMPT)
        prompt = own_prompt.strip() if isinstance(own_prompt, str) and own_prompt.strip() else PROMPT
        question = self._question()
        turn = turn_after(self.run, user, self.chat_id, question, self.reply_id)
        above = [history.plain(one.get("content")) for one in turn.body["messages"]]
        turn.body["messages"] = [{"role": "system", "content": "\n".join([*above, prompt])}]
        turn.body["params"] = {key: value for key, value in turn.params.items() if key != "tool_approval_mode"}
        turn.body["files"] = question.get("files") or []
        turn.is_internal, turn.most_rounds = True, most if isinstance(most, int) else None
        turn.session_id = turn.session_id or f"subagent:{self.chat_id}"
        return turn

    def _question(self) -> dict[str, Any]:
        row = ChatMessage.select(ChatMessage.files).where(ChatMessage.id == self._row(self.question_id)).first()
        files = row.files if row is not None else None
        question = {"id": self.question_id, "parentId": None, "role": "user", "model": self.run["model_id"]}
        return {**question, "models": [self.run["model_id"]], **({"files": files} if files else {})}

    def _row(self, message_id: str) -> str:
        return store.row_id(self.chat_id, message_id)

    @property
    def has_begun(self) -> bool:
        """Whether there is a reply, finished or not."""
        return ChatMessage.select(ChatMessage.id).where(ChatMessage.id == self._row(self.reply_id)).exists()

    def outcome(self) -> tuple[str, str]:
        """How it ended ("completed", "error", "interrupted") and its text, or what went wrong."""
        columns = (ChatMessage.content, ChatMessage.error, ChatMessage.done, ChatMessage.output)
        row = ChatMessage.select(*columns).where(ChatMessage.id == self._row(self.reply_id)).first()
        if row is None or not row.done:
            return "interrupted", ""
        error = row.error.get("content") if isinstance(row.error, dict) else row.error
        if error in (STOPPED, live.INTERRUPTED):
            return "interrupted", ""
        if error:
            return "error", str(error)
        return "completed", _shortened(store.text_of(row.output) or history.plain(row.content))


def _shortened(text: str) -> str:
    most = keys.SUBAGENTS_MAX_OUTPUT.get()
    return text if not isinstance(most, int) or len(text) <= most else text[:most] + "\n\n[the rest was cut off]"


def open_subagent(turn: Turn, parent_message_id: str, question: dict[str, Any], task: str, mode: str) -> SubAgent:
    """Stores the chat in which a task of `turn` will be done; `question` is its content and files."""
    run, chat_id, question_id = run_of(turn), new_id(), new_id()
    delegation_id = f"deleg_{secrets.token_hex(4)}"
    meta = {"delegation_id": delegation_id, "mode": mode}
    _store_child(turn, parent_message_id, chat_id, {"id": question_id, **question}, ("subagent", task), meta)
    return SubAgent(
        chat_id=chat_id,
        question_id=question_id,
        reply_id=new_id(),
        delegation_id=delegation_id,
        task=task,
        parent_chat_id=turn.chat_id or "",
        user_id=turn.user.id,
        run=run,
        dispatched_at=time.time(),
    )


_TITLES = {"subagent": "Sub-agent", "timer": "Timer"}


def _store_child(
    turn: Turn,
    parent_message_id: str,
    chat_id: str,
    question: dict[str, Any],
    kind_and_text: tuple[str, str],
    meta: dict[str, Any],
    **columns: Any,
) -> None:
    """A chat of the caller's that no list shows, with one question."""
    kind, text = kind_and_text
    model_id = turn.targets[0].model_id
    author = {"user_id": turn.user.id, "user": {"id": turn.user.id, "name": turn.user.name}}
    message = {
        "id": question["id"],
        "parentId": None,
        "childrenIds": [],
        "role": "user",
        "timestamp": now(),
        "models": [model_id],
        **question,
        **author,
    }
    title = f"{_TITLES[kind]}: {text[:_TITLE_LENGTH]}"
    document: dict[str, Any] = {
        "id": chat_id,
        "title": title,
        "models": [model_id],
        "history": {"currentId": message["id"], "messages": {message["id"]: message}},
        "messages": [{"role": "user", "content": message["content"], **author}],
    }
    if kind == "subagent":
        document["files"] = []
    above = {"internal": True, "type": kind, "parent_chat_id": turn.chat_id, "parent_message_id": parent_message_id}
    store.create(turn.user.id, document, chat_id=chat_id, meta={**above, **meta}, **columns)


def open_timer(turn: Turn, parent_message_id: str, prompt: str, due_ns: int, cancel_on: list[str]) -> None:
    """Stores a timer: a chat whose row says when its question is to be put to the parent."""
    question_id = new_id()
    meta = {
        "timer_at": due_ns,
        "status": "pending",
        "timer_model_id": turn.targets[0].model_id,
        "timer_task_message_id": question_id,
        "cancel_on": cancel_on,
        "run": run_of(turn),
    }
    question = {"id": question_id, "content": prompt}
    _store_child(turn, parent_message_id, new_id(), question, ("timer", prompt), meta, timer_at=due_ns)


def background_chats(chat_ids: list[str]) -> set[str]:
    """Those of these chats in which a sub-agent works in the background."""
    rows = Chat.select(Chat.id, Chat.meta).where(Chat.id.in_(chat_ids)).tuples() if chat_ids else []
    return {
        chat_id
        for chat_id, meta in rows
        if isinstance(meta, dict) and meta.get("type") == "subagent" and meta.get("mode") == "background"
    }


def unfinished(agents: list[SubAgent]) -> list[SubAgent]:
    """Those of these sub-agents that have not come to an end."""
    ids = [store.row_id(one.chat_id, one.reply_id) for one in agents]
    rows = ChatMessage.select(ChatMessage.id).where(ChatMessage.id.in_(ids) & (ChatMessage.done == True))  # noqa: E712
    done = {row_id for (row_id,) in rows.tuples()} if ids else set()
    return [one for one, row_id in zip(agents, ids, strict=True) if row_id not in done]
