"""Asking the provider while the turn is still being stored: a large chat is written for longer than a reply should
take to begin.

Nothing is told or stored here. The reply waits to be read until the turn is stored, and is closed if it is not.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from models.database import connection
from utils.chat import compaction, direct, payload
from utils.chat.turn import Turn
from utils.http.errors import ApiError
from utils.jobs import spawn
from utils.providers import catalog, completions
from utils.providers.catalog import Model

log = logging.getLogger("lightwell.chat")


@dataclass
class Asked:
    """What the provider was asked. `answer` waits for the head of its answer, or raises its error."""

    model: Model
    draft: payload.Draft
    answer: Callable[[], completions.Reply]

    def close(self) -> None:
        """Nobody will read the answer."""
        try:
            self.answer().close()
        except ApiError as error:
            log.info("an answer that nobody waits for any more failed: %s", error.detail)


class Ahead:
    """The first reply of a turn, asked for ahead if `start` was called."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._asked: Callable[[], Asked | None] | None = None
        self._tell: Callable[[str, Any], None] | None = None
        self._told: list[tuple[str, Any]] = []

    def start(self, rows: list[dict[str, Any]]) -> None:
        """`rows`: the conversation up to the question, which nobody else can read yet (`history.branch`)."""
        turn = self._turn
        if turn.targets and not turn.is_continued and direct.model_of(turn, turn.targets[0].model_id) is None:
            self._asked = spawn.result_of(self._ask, rows)

    def _ask(self, rows: list[dict[str, Any]]) -> Asked | None:
        turn, target = self._turn, self._turn.targets[0]
        try:
            with connection():
                model = catalog.usable(turn.user, target.model_id)
                # an arena's choice and a summary are told first
                if model.owned_by == "arena" or compaction.is_due(turn, model, rows):
                    return None
                draft = payload.draft(turn, target, model, self._note, rows)
        except ApiError:
            # it will be said when the reply's turn has come
            return None
        if draft.sources or (draft.tools and draft.params.get("function_calling") == "legacy"):
            return None
        context = payload.context_of(turn, target)
        return Asked(model, draft, spawn.result_of(completions.complete, model, draft.body, context))

    def _note(self, kind: str, data: Any) -> None:
        if self._tell is not None:
            self._tell(kind, data)
        else:
            self._told.append((kind, data))

    def taken(self, tell: Callable[[str, Any], None]) -> Asked | None:
        """What was asked, once the turn is stored; None if nothing was. `tell` gets the events so far and to come."""
        asked, self._asked = self._asked, None
        found = asked() if asked is not None else None
        if found is not None:
            self._tell = tell
            for kind, data in self._told:
                tell(kind, data)
        return found

    def drop(self) -> None:
        """The turn was not stored, or nobody took the reply."""
        asked, self._asked = self._asked, None
        if asked is not None:
            spawn.spawn(_close, asked)


def _close(asked: Callable[[], Asked | None]) -> None:
    found = asked()
    if found is not None:
        found.close()
