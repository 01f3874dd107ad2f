"""A tool as the pipeline knows it, whatever stands behind it (chat.md section 6.1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from utils.chat.tasks import Task
from utils.chat.turn import Target, Turn
from utils.providers.context import Context

if TYPE_CHECKING:
    from utils.chat.inner import SubAgent

NAME_LENGTH = 256


class Inner(Protocol):
    """Turns inside a turn: the floor above, which tools cannot name."""

    def answer(self, turn: Turn, stops_with: Task) -> None:
        """Runs a turn to its end, or until the task is stopped."""

    def later(self, agent: "SubAgent") -> None:
        """Has a sub-agent work in the background, even if this process is killed."""


@dataclass
class Calling:
    """On whose behalf, and for which message, tools are called. `tell` sends an event of the message."""

    turn: Turn
    target: Target
    context: Context
    tell: Callable[[str, Any], None]
    task: Task
    inner: Inner


@dataclass(frozen=True)
class Returned:
    """What a tool outside this process answered. `headers` in lower case."""

    value: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class ToolFailed(Exception):
    """A call that did not work; the text is for the model."""


@dataclass(frozen=True)
class Tool:
    """`spec`: name, description and parameters (a JSON schema), as the model is told. `run` takes the
    arguments, filtered to the properties of the schema unless `open`; it raises `ToolFailed`."""

    name: str
    spec: dict[str, Any]
    run: Callable[[Calling, dict[str, Any]], Any]
    open: bool = False
    origin: str = ""
    """The id of the tool or server it belongs to; empty for one of ours."""

    @property
    def properties(self) -> Mapping[str, Any]:
        """The parameters by name."""
        parameters = self.spec.get("parameters")
        found = parameters.get("properties") if isinstance(parameters, dict) else None
        return found if isinstance(found, dict) else {}

    def described(self) -> dict[str, Any]:
        """The tool as an OpenAI request names it."""
        return {"type": "function", "function": self.spec}


def context_of(turn: Turn, target: Target) -> Context:
    """What tool servers may learn about a call."""
    return Context(
        user=turn.user,
        chat_id=turn.chat_id or "",
        message_id=target.message_id,
        user_message_id=turn.user_message_id or "",
        **turn.provider_context,
    )
