"""Turns inside a turn: answering for sub-agents, at once or as durable jobs (chat.md 6.7)."""

import time
from dataclasses import asdict
from typing import Any

from models.database import connection, release
from utils.auth import identity
from utils.chat import inbox, store
from utils.chat.answer import Answer
from utils.chat.begin import begin
from utils.chat.inner import SubAgent
from utils.chat.tasks import Task
from utils.chat.turn import Turn
from utils.jobs import queue
from utils.realtime import emit

DELIVERY = "inbox"
"""The kind of job that has a chat answer what came into it (`run.deliver`): the floor above."""

_HEAD_START = 0.3


class _Inside:
    """What tools may have done by this floor."""

    def answer(self, turn: Turn, stops_with: Task | None) -> None:
        with connection():
            begin(turn)
        target = turn.targets[0]
        if target.task is not None and stops_with is not None:
            stops_with.on_stop(target.task.stop)
        emit.chat_list(turn.user.id, turn.chat_id or "", turn.user_message_id, None, internal=True)
        release()
        Answer(turn, target, self, is_first=False).run()

    def later(self, agent: SubAgent) -> None:
        # the reply that the person waits for asks the provider first
        sub_agent.enqueue(asdict(agent), delay=_HEAD_START)


INSIDE = _Inside()


@queue.job("sub_agent", retries=2, limit=32)
def sub_agent(facts: dict[str, Any]) -> None:
    """Has a sub-agent do its task, unless it began before (its tools may not be called twice), and puts
    the result into the chat that waits for it."""
    agent = SubAgent(**facts)
    user = identity.of_user(agent.user_id)
    if user is None:
        return
    try:
        with connection():
            turn = None if agent.has_begun else agent.turn(user)
        if turn is not None:
            INSIDE.answer(turn, None)
        with connection():
            text = _report(agent)
            with store.edit(agent.parent_chat_id) as chat:
                meta = {"type": "subagent", "delegation_id": agent.delegation_id, "subagent_chat_id": agent.chat_id}
                inbox.put(chat, user, text, meta, str(agent.run["model_id"]))
    except store.ChatGone:
        return
    queue.KINDS[DELIVERY].enqueue(agent.parent_chat_id, agent.user_id, agent.run)


def _report(agent: SubAgent) -> str:
    """What the model is told of a sub-agent that came to its end."""
    status, text = agent.outcome()
    if status == "interrupted":
        text = "It was interrupted before its end."
    elif status == "error":
        text = f"It failed: {text}"
    seconds = round(time.time() - agent.dispatched_at, 1)
    return (
        f"[SUB-AGENT {agent.delegation_id}: {status} after {seconds} s]\n"
        "A task that you handed to a sub-agent in the background has ended. Use its result, or go on without it.\n\n"
        f"Task: {agent.task}\nIts chat: {agent.chat_id}\n\n{text or 'It said nothing.'}"
    )
