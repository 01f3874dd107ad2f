"""What follows a reply: follow-up questions, title and tags (chat.md section 7), as durable jobs.

A stored chat's are queued before they run, so that a process that ends in between leaves them to the
next one. The process that answered waits for them: the turn is over, for the browser, when they are.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from utils.auth import identity
from utils.chat import direct, store, titles
from utils.chat.sender import Sender
from utils.chat.tasks import Task
from utils.chat.turn import Target, Turn
from utils.cluster import redis
from utils.jobs import queue, spawn
from utils.providers import catalog
from utils.providers.catalog import Model
from utils.settings import environment

log = logging.getLogger("lightwell.chat")

FOLLOW_UPS, TITLE, QUESTION_AS_TITLE, TAGS = "follow_ups", "title", "question_as_title", "tags"
LONGEST = 120.0
"""Seconds that a turn waits for what follows it."""

_LOOK_EVERY = 1.0
_KEPT_SECONDS = 600


@dataclass
class Extras:
    """What to make for one reply, in the order of `kinds`. `reply` is its text."""

    turn: Turn
    message_id: str
    model: Model
    kinds: list[str]
    reply: str = ""

    def make(self) -> None:
        """Makes all; a failure of one does not touch the others."""
        sender = Sender(self.turn, Target(self.model.id, self.message_id), [])
        for kind in self.kinds:
            try:
                _MAKERS[kind](self, sender)
            except store.ChatGone:
                log.info("chat %s was deleted before its background tasks ended", self.turn.chat_id)
            except Exception:
                log.exception("background task %s of chat %s failed", kind, self.turn.chat_id)


def _follow_ups(extras: Extras, sender: Sender) -> None:
    made = titles.make_follow_ups(extras.turn, extras.model, extras.message_id, extras.reply)
    if made is not None:
        sender.send("chat:message:follow_ups", {"follow_ups": made})


def _title(extras: Extras, sender: Sender) -> None:
    if made := titles.make_title(extras.turn, extras.model, extras.message_id):
        sender.send("chat:title", made)


def _question_as_title(extras: Extras, sender: Sender) -> None:
    if made := titles.first_question(extras.turn):
        sender.send("chat:title", made)


def _tags(extras: Extras, sender: Sender) -> None:
    made = titles.make_tags(extras.turn, extras.model, extras.message_id)
    if made is not None:
        sender.send("chat:tags", made)


_MAKERS: dict[str, Callable[[Extras, Sender], None]] = {
    FOLLOW_UPS: _follow_ups,
    TITLE: _title,
    QUESTION_AS_TITLE: _question_as_title,
    TAGS: _tags,
}


class Pending:
    """Extras under way."""

    def __init__(self, key: str, *, elsewhere: bool) -> None:
        self._key, self._elsewhere = key, elsewhere
        self._ended = _ended.setdefault(key, threading.Event())

    def wait(self, task: Task) -> None:
        """Waits for the extras, whichever process makes them; not for those of separate workers, and no
        longer than until `task` is stopped."""
        deadline = time.monotonic() + (0 if self._elsewhere else LONGEST)
        while not self._ended.wait(max(min(_LOOK_EVERY, deadline - time.monotonic()), 0)):
            if task.stopped or time.monotonic() >= deadline or self._made_elsewhere():
                break
        self.forget()

    def _made_elsewhere(self) -> bool:
        return bool(redis.ask(lambda client: client.exists(_mark(self._key)), 0))

    def forget(self) -> None:
        """Nobody waits any more."""
        _ended.pop(self._key, None)
        _own.pop(self._key, None)


_own: dict[str, Extras] = {}
"""Extras of this process's turns: with the caller's credentials, which are never queued."""
_ended: dict[str, threading.Event] = {}


def begin(extras: Extras) -> Pending | None:
    """Has the extras made beside the caller; None where there is nothing to make or the queue is full."""
    if not extras.kinds:
        return None
    key = f"{extras.turn.chat_id}:{extras.message_id}:{extras.kinds[0]}"
    separate = environment.current().worker != "embedded"
    pending = Pending(key, elsewhere=separate)
    if not extras.turn.is_stored or direct.model_of(extras.turn, extras.model.id) is not None:
        spawn.spawn(_make, key, extras)
        return pending
    _own[key] = extras
    try:
        reply_extras.enqueue(key, _facts(extras))
    except queue.QueueFull as error:
        log.error("no title, tags or follow-ups for chat %s: %s", extras.turn.chat_id, error)
        pending.forget()
        return None
    return pending


def _make(key: str, extras: Extras) -> None:
    try:
        extras.make()
    finally:
        if (event := _ended.get(key)) is not None:
            event.set()


@queue.job("reply_extras", retries=1, limit=16)
def reply_extras(key: str, facts: dict[str, Any]) -> None:
    """Makes what follows a reply; `facts` are enough to do it in another process, later."""
    extras = _own.pop(key, None) or _rebuilt(facts)
    if extras is not None:
        _make(key, extras)
    if key not in _ended:
        redis.ask(lambda client: client.set(_mark(key), "1", ex=_KEPT_SECONDS), None)


def _mark(key: str) -> str:
    return redis.key("lightwell", "extras", key)


def _facts(extras: Extras) -> dict[str, Any]:
    turn = extras.turn
    return {
        "user_id": turn.user.id,
        "chat_id": turn.chat_id,
        "owner_id": turn.owner_id,
        "folder_id": turn.folder_id,
        "session_id": turn.session_id,
        "message_id": extras.message_id,
        "model_id": extras.model.id,
        "kinds": extras.kinds,
    }


def _rebuilt(facts: dict[str, Any]) -> Extras | None:
    """The extras of a turn that began elsewhere; None where its user or model is gone."""
    user = identity.of_user(facts["user_id"])
    if user is None:
        return None
    turn = Turn(
        user=user,
        body={},
        chat_id=facts["chat_id"],
        targets=[],
        session_id=facts["session_id"],
        folder_id=facts["folder_id"],
        owner_id=facts["owner_id"],
    )
    model = catalog.find(facts["model_id"], user)
    return None if model is None else Extras(turn, facts["message_id"], model, facts["kinds"])
