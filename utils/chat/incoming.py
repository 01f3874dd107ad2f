"""Turns that nobody asked for: what came into a chat by itself is answered (chat.md 6.7)."""

import logging
from typing import Any

from models.base import new_id
from models.database import connection, release
from utils.auth import identity
from utils.chat import inbox, inner, inner_turns, reminders, run, store, tasks
from utils.jobs import drain, queue, timers
from utils.realtime import emit
from utils.settings import environment

log = logging.getLogger("lightwell.chat")

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 30.0


@queue.job(inner_turns.DELIVERY, retries=2, limit=8)
def deliver(chat_id: str, user_id: str, facts: dict[str, Any], waited: float = 0.0) -> None:
    """Has a chat answer what waits in it, as soon as it is free; `facts` are the run it goes on with."""
    user = identity.of_user(user_id)
    if user is None:
        return
    busy = drain.draining() or bool(tasks.of_item(chat_id))
    question = None
    if not busy:
        try:
            with connection(), store.edit(chat_id) as chat:
                question = inbox.take(chat, user)
        except inbox.Busy:
            busy = True
        except store.ChatGone:
            return
    if question is not None:
        turn = inner.turn_after(facts, user, chat_id, question, new_id())
        emit.chat_event(user.id, chat_id, turn.targets[0].message_id, "chat:reload")
        run.background(turn)
    if busy or question is not None:
        # there may be more of another kind, which waits for the end of this turn
        delay = min(_FIRST_WAIT + waited / 10, _LONGEST_WAIT)
        deliver.enqueue(chat_id, user_id, facts, waited + delay, delay=delay)


def fire_timers() -> None:
    """Puts the prompts of timers that are due into their chats."""
    with connection():
        found = reminders.due()
    for timer in found:
        # queued first: if this process is killed in between, the prompt is answered all the same
        deliver.enqueue(timer.chat_id, timer.user.id, timer.run, delay=_FIRST_WAIT)
        try:
            with connection():
                timer.fire()
        except store.ChatGone:
            log.info("a timer's chat %s was deleted", timer.chat_id)
    release()


def watch() -> None:
    """Looks for due timers, in one process of all."""
    timers.every(environment.current().timer_interval, "chat-timers", fire_timers)
