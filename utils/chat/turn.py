"""What a request for a completion asks: its mode, its chat, its messages (chat.md sections 1 and 2).

A `Turn` is read from a body once; `begin` stores it, `run` answers each of its targets.
"""

from dataclasses import dataclass, field
from typing import Any

from models.json_kinds import as_object
from utils.auth.identity import Account
from utils.chat.tasks import Task
from utils.http.errors import bad_request

TEMPORARY = ("temporary:", "local:")
CHANNEL = "channel:"

# what the pipeline reads from a body; the rest is passed to the provider as it is (chat.md section 2)
OWN_KEYS = frozenset(
    """params session_id chat_id id message_ids parent_id user_message parent_message assistant_message_id
    regeneration_message_id regeneration_prompt features files tool_ids tool_servers filter_ids skill_ids terminal_id
    variables chat_variables background_tasks model_item folder_id automation_id new_chat metadata""".split()
)


_LISTS = ("files", "tool_ids", "tool_servers", "filter_ids", "skill_ids")


@dataclass
class Target:
    """One assistant message to be written, by one model."""

    model_id: str
    message_id: str
    index: int | None = None
    task: Task | None = None
    stored_index: bool = True


@dataclass
class Turn:
    """One request for a completion. `chat_id` is None for an API client without a chat."""

    user: Account
    body: dict[str, Any]
    chat_id: str | None
    targets: list[Target]
    session_id: str | None = None
    user_message: dict[str, Any] | None = None
    parent_id: str | None = None
    wants_new_chat: bool = False
    is_follow_up: bool = False
    folder_id: str | None = None
    is_new: bool = False
    """The chat was created by this turn."""
    owner_id: str = ""
    """Whose chat it is; the caller's unless it was shared for continuation."""
    new_messages: dict[str, Any] = field(default_factory=dict)
    """What the turn added to a chat that was there, for others who look at it."""
    is_resumed: bool = False
    """A reply goes on that waited for a person."""
    is_internal: bool = False
    """A sub-agent's: its events say so, no list shows its chat, nobody is there to be asked."""
    most_rounds: int | None = None
    """How often tools may be called; None: as the server is configured."""
    provider_context: dict[str, Any] = field(default_factory=dict)
    """What custom provider headers may speak of: user agent, kind of credential."""

    @property
    def params(self) -> dict[str, Any]:
        """The chat controls of the request."""
        return as_object(self.body.get("params"))

    @property
    def stream(self) -> bool:
        """Whether the request asks for a stream."""
        return bool(self.body.get("stream"))

    @property
    def is_temporary(self) -> bool:
        """A chat that is never stored."""
        return bool(self.chat_id) and str(self.chat_id).startswith(TEMPORARY)

    @property
    def is_stored(self) -> bool:
        """Whether the conversation is in the database."""
        return bool(self.chat_id) and not self.is_temporary and not str(self.chat_id).startswith(CHANNEL)

    @property
    def is_continued(self) -> bool:
        """Whether an existing reply is to go on."""
        return bool(self.body.get("assistant_message_id"))

    @property
    def user_message_id(self) -> str | None:
        """The id of the question."""
        return self.user_message.get("id") if self.user_message else None

    @property
    def variables(self) -> dict[str, Any]:
        """Literal placeholders and what they stand for."""
        return as_object(self.body.get("variables"))

    @property
    def chat_variables(self) -> dict[str, Any]:
        """Values for `{{chat.variables.x}}`."""
        return as_object(self.body.get("chat_variables"))

    @property
    def background_tasks(self) -> dict[str, Any]:
        """Which of title, tags and follow-ups are wanted."""
        return as_object(self.body.get("background_tasks"))


def _text(body: dict[str, Any], key: str) -> str | None:
    value = body.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise bad_request(f"{key} must be a text.")
    return value


def _check(body: dict[str, Any]) -> None:
    """Raises 400 for what is sent, null included, in a form that nothing can be made of."""
    messages = body.get("messages", [])
    if not isinstance(messages, list) or not all(isinstance(one, dict) and "role" in one for one in messages):
        raise bad_request("messages must be a list of objects with a role.")
    if not all(isinstance(one.get("content"), str | list | None) for one in messages):
        raise bad_request("The content of a message must be a text or a list of parts.")
    for key in ("params", "model_item"):
        if not isinstance(body.get(key, {}), dict):
            raise bad_request(f"{key} must be an object.")
    if not isinstance(body.get("features") or {}, dict):
        raise bad_request("features must be an object.")
    for key in _LISTS:
        if not isinstance(body.get(key) or [], list):
            raise bad_request(f"{key} must be a list.")
    for key in ("id", "regeneration_prompt"):
        _text(body, key)


def read(user: Account, body: dict[str, Any]) -> Turn:
    """The turn that a body asks for. Raises 400 for one that cannot be meant."""
    _check(body)
    user_message = body.get("user_message") or body.get("parent_message")
    if user_message is not None and not isinstance(user_message, dict):
        raise bad_request("user_message must be an object.")
    if isinstance(user_message, dict) and not isinstance(user_message.get("id"), str):
        user_message = None
    chat_id = _text(body, "chat_id")
    targets = _targets(body)
    continued = _text(body, "assistant_message_id")
    if continued is not None and any(target.message_id != continued for target in targets):
        raise bad_request("A continued message must be the one that is asked for.")
    return Turn(
        user=user,
        body=body,
        chat_id=chat_id,
        targets=targets,
        session_id=_text(body, "session_id"),
        user_message=user_message,
        parent_id=_text(body, "parent_id"),
        wants_new_chat="parent_id" in body and body["parent_id"] is None and chat_id is None,
        is_follow_up="parent_id" in body and chat_id is not None,
        folder_id=_text(body, "folder_id"),
        owner_id=user.id,
    )


def _targets(body: dict[str, Any]) -> list[Target]:
    """The assistant messages asked for: a list, the older dict of model to message, or one id."""
    several = body.get("message_ids")
    model = body.get("model") if isinstance(body.get("model"), str) else ""
    if isinstance(several, dict):
        pairs = [(key, value) for key, value in several.items() if isinstance(value, str) and value]
        return [Target(str(key), value, stored_index=False) for key, value in pairs]
    if isinstance(several, list):
        if not all(isinstance(one, dict) and _names_both(one) for one in several):
            raise bad_request("message_ids must be a list of objects with model_id and message_id.")
        return [
            Target(one["model_id"], one["message_id"], _index(one), stored_index="modelIdx" in one) for one in several
        ]
    message_id = body.get("id")
    return [Target(str(model), message_id, stored_index=False)] if isinstance(message_id, str) and message_id else []


def _names_both(one: dict[str, Any]) -> bool:
    return all(isinstance(one.get(key), str) and one[key] for key in ("model_id", "message_id"))


def _index(one: dict[str, Any]) -> int | None:
    value = one.get("modelIdx")
    return value if isinstance(value, int) else None
