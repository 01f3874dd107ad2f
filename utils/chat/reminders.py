"""Timers of chats: when one is due, what calls it off, and its prompt coming into the chat (chat.md 6.7).

A timer is an inner chat's row; both servers fire and cancel the same ones.
"""

import datetime
import re
import time
import uuid
from dataclasses import dataclass
from typing import Any

from models.chats import Chat, ChatMessage
from models.database import write
from utils.auth import identity
from utils.auth.identity import Account
from utils.chat import inbox, store

CANCELLING = ("chat.read", "chat.user_message")

_LATEST_NS = 2**63 - 1
_RELATIVE = re.compile(r"(?:in\s+)?(\d{1,12})\s*([smhd]|sec(?:ond)?s?|min(?:ute)?s?|h(?:ou)?rs?|days?)", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_AT_ONCE = 20


class BadMoment(ValueError):
    """A moment that cannot be meant; the text is for the model."""


def moment_ns(text: str) -> int:
    """The moment that `at` names, in nanoseconds. Raises `BadMoment`."""
    text = text.strip()
    if found := _RELATIVE.fullmatch(text):
        seconds = int(found[1]) * _SECONDS[found[2][0].lower()]
        due = time.time_ns() + seconds * 10**9
        if not seconds:
            raise BadMoment("at must lie in the future.")
    else:
        due = _absolute_ns(text)
        if due <= time.time_ns():
            raise BadMoment("at must lie in the future.")
    if due > _LATEST_NS:
        raise BadMoment("at is too far in the future.")
    return due


def _absolute_ns(text: str) -> int:
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadMoment("at must be a span such as 10s, 5m, 1h, 2d, or an RFC 3339 moment with its time zone.")
    return int(moment.timestamp() * 10**6) * 1000


def named(due_ns: int) -> str:
    """A moment as the model is told it."""
    try:
        moment = datetime.datetime.fromtimestamp(due_ns / 10**9, datetime.UTC)
    except (ValueError, OverflowError):
        raise BadMoment("at is too far in the future.") from None
    return moment.isoformat().replace("+00:00", "Z")


def cancel(chat_id: str, user_id: str, event: str) -> None:
    """Calls off the user's timers of a chat that this event ends."""
    rows = Chat.select(Chat.id, Chat.meta).where((Chat.user_id == user_id) & Chat.timer_at.is_null(False)).tuples()
    ended = [
        (timer_id, meta)
        for timer_id, meta in rows
        if isinstance(meta, dict) and meta.get("parent_chat_id") == chat_id and event in (meta.get("cancel_on") or [])
    ]
    if not ended:
        return
    with write():
        for timer_id, meta in ended:
            how = {"status": "cancelled", "timer_cancelled_at": time.time_ns(), "timer_cancelled_by": event}
            Chat.take_timer(timer_id, {**meta, **how})


@dataclass(frozen=True)
class Due:
    """A timer whose moment has come."""

    id: str
    user: Account
    chat_id: str
    meta: dict[str, Any]

    @property
    def run(self) -> dict[str, Any]:
        """What the turn needs that answers it."""
        found = self.meta.get("run")
        return found if isinstance(found, dict) else {"model_id": self.meta.get("timer_model_id")}

    def fire(self) -> None:
        """Puts the prompt into the parent chat; nothing where somebody else did, or called it off."""
        moment, prompt = time.time_ns(), self._prompt()
        how = {"timer_started_at": moment, "timer_claim_id": str(uuid.uuid4()), "timer_completed_at": moment}
        with store.edit(self.chat_id) as chat:
            if Chat.take_timer(self.id, {**self.meta, "status": "completed", **how}):
                model_id = str(self.meta.get("timer_model_id") or self.run.get("model_id") or "")
                inbox.put(chat, self.user, prompt, {"type": "timer", "timer_id": self.id}, model_id)

    def _prompt(self) -> str:
        row_id = store.row_id(self.id, str(self.meta.get("timer_task_message_id")))
        row = ChatMessage.select(ChatMessage.content).where(ChatMessage.id == row_id).first()
        return str(row.content) if row is not None else ""


def due() -> list[Due]:
    """The timers whose moment has come; those whose user or chat is gone are closed."""
    rows = Chat.due_timers(time.time_ns(), _AT_ONCE)
    found = []
    for timer_id, user_id, meta in rows:
        meta = meta if isinstance(meta, dict) else {}
        user, chat_id = identity.of_user(user_id), str(meta.get("parent_chat_id") or "")
        if user is None or not Chat.select(Chat.id).where(Chat.id == chat_id).exists():
            with write():
                Chat.take_timer(timer_id, {**meta, "status": "failed"})
            continue
        found.append(Due(timer_id, user, chat_id, meta))
    return found
