"""Replies whose process was killed: what had come of them is stored, and marked as interrupted.

A process that starts finds its own in the journals of its data folder. What a host took with it that
does not come back is found in Redis, by whichever process looks after the cluster.
"""

import logging
from typing import Any

from models.database import connection
from utils.chat import live, store, tasks
from utils.cluster import redis
from utils.jobs import timers

log = logging.getLogger("lightwell.chat")

_LOOK_EVERY = 60
_suspected: set[str] = set()


def recover() -> int:
    """Stores what journals of dead processes hold; returns how many replies that were. Run at the start."""
    with connection():
        count = sum(_keep(left) for left in live.interrupted())
    _tell(count)
    return count


def watch() -> None:
    """Looks for replies that died with their host, every minute, in one process of all."""
    if redis.client() is not None:
        timers.every(_LOOK_EVERY, "recovery", recover_elsewhere)


def recover_elsewhere() -> int:
    """Stores what Redis still holds of replies that nobody is writing any more; returns how many.

    A reply is taken for dead when it was without a sign of life at two visits: a Redis that was away
    may have lost the signs of living ones, which are renewed at once.
    """
    orphans = {one.task_id: one for one in live.without_a_writer() if one.task_id not in tasks.own()}
    dead = [orphans[task_id] for task_id in orphans.keys() & _suspected]
    _suspected.clear()
    _suspected.update(orphans)
    count = sum(_keep(left) for left in dead)
    _tell(count)
    return count


def _keep(left: live.Interrupted) -> bool:
    kept = False
    values = {
        "done": True,
        "output": _closed(left.output),
        "content": store.text_of(left.output),
        "error": {"content": live.INTERRUPTED},
    }
    try:
        with store.edit(left.place.chat_id) as chat:
            message = chat.messages.get(left.place.message_id)
            if message is not None and not message.get("done"):
                chat.put(left.place.message_id, values)
                kept = True
    except store.ChatGone:
        log.info("an interrupted reply belonged to chat %s, which is gone", left.place.chat_id)
    # or every page would wait for the task until its sign of life expires
    tasks.bury(left.task_id, left.place.chat_id)
    live.forget_shared(left.task_id)
    return kept


def _tell(count: int) -> None:
    if count:
        log.warning("%s replies were interrupted when the server stopped; what had come of them is saved", count)


def _closed(output: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**item, "status": "incomplete"} if item.get("status") == "in_progress" else item for item in output]
