"""From a turn to the body that the provider is sent: stages in a fixed order, each a small unit.

Facts: chat.md sections 4.1 to 4.4. A stage reads the turn and changes the draft; `STAGES` is the order.
What further areas add (memory, retrieval, tools of plugins, filters) are stages of theirs, put here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from models.folders import Folder
from models.json_kinds import as_objects
from utils.chat import access, approval, attached, code_blocks, compaction, history, images, sources
from utils.chat.items import sound_list
from utils.chat.sources import Source
from utils.chat.tools import deferred, offered
from utils.chat.tools.tool import Tool
from utils.chat.turn import OWN_KEYS, Target, Turn
from utils.providers import params, prompts
from utils.providers.catalog import Model
from utils.providers.context import Context
from utils.settings import keys
from utils.settings.setting import read

VOICE_PROMPT = """You are talking with the user, who hears your words and does not see them. Speak as people do:
a few short and simple sentences, the answer first, details only when they are wanted. No lists, tables, markup, links
or emoji; say numbers and names so that they are easily understood. If something is unclear, ask one short question."""

STATUS = "status"
"""The event that says what is being done for a reply."""

_THINKING_BACK = {"ollama": "thinking", "llama.cpp": "reasoning_content"}


@dataclass
class Draft:
    """The provider's body in the making."""

    turn: Turn
    target: Target
    model: Model
    body: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    """The effective params: server defaults, model, request."""
    continued: list[dict[str, Any]] | None = None
    """Output of the message that is being continued."""
    reply_messages: int = 0
    """How many messages at the end are that message."""
    summary: str = ""
    """What stands for older messages that were left out."""
    tools: dict[str, Tool] = field(default_factory=dict)
    """What the model may call and the server runs, by name."""
    runs_code: bool = False
    """Whether blocks of code in the reply's text are run."""
    approval_mode: str = "full"
    """Whether calls need a person's consent ("ask")."""
    tell: Callable[[str, Any], None] = lambda kind, data: None
    """Sends an event of the message to the page."""
    sources: list[Source] = field(default_factory=list)
    """What the attached files hold; it is put into the messages with what legacy tools find."""
    rows: list[dict[str, Any]] | None = None
    """The stored conversation, until it is made use of."""

    @property
    def has_native_tools(self) -> bool:
        """Whether the model is offered tools by the server in the provider's own way."""
        return bool(self.turn.session_id) and self.params.get("function_calling") != "legacy"

    @property
    def thinking_key(self) -> str | None:
        """Where this provider wants earlier thinking back."""
        return _THINKING_BACK.get(self.model.owned_by) or _THINKING_BACK.get(self.model.provider)

    def add_system(self, text: str) -> None:
        """Puts `text` behind the system text so far."""
        if not text:
            return
        for message in self.messages:
            if message.get("role") == "system":
                message["content"] = f"{history.plain(message.get('content'))}\n{text}"
                return
        self.messages.insert(0, {"role": "system", "content": text})


def draft(
    turn: Turn,
    target: Target,
    model: Model,
    tell: Callable[[str, Any], None] | None = None,
    rows: list[dict[str, Any]] | None = None,
) -> Draft:
    """The finished draft; `body` is ready for `utils.providers.completions.complete` once `sources` are in it.
    `tell` sends events of the message. `rows`: the stored conversation, where it is known already."""
    made = Draft(turn, target, model, rows=rows) if tell is None else Draft(turn, target, model, tell=tell, rows=rows)
    for stage in STAGES:
        stage(made)
    return made


def context_of(turn: Turn, target: Target) -> Context:
    """What the provider's headers may speak of, and what fills the model's own prompt."""
    return Context(
        user=turn.user,
        chat_id=turn.chat_id or "",
        message_id=target.message_id,
        user_message_id=turn.user_message_id or "",
        user_message_parent_id=str((turn.user_message or {}).get("parentId") or ""),
        render=lambda text: render(turn, text),
        **turn.provider_context,
    )


def _parameters(made: Draft) -> None:
    turn = made.turn
    made.params = params.effective(made.model.params, turn.params)
    body = {key: value for key, value in turn.body.items() if key not in OWN_KEYS and key != "messages"}
    body["model"] = made.model.id
    if isinstance(made.model.params.get("stream_response"), bool):
        body["stream"] = made.model.params["stream_response"]
    made.body = params.placed(body, params.effective(turn.params), made.model.owned_by)


def _conversation(made: Draft) -> None:
    """Messages from the database for a stored chat, else those of the request."""
    turn = made.turn
    given = turn.body.get("messages")
    asked = [dict(one) for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    thinking = made.thinking_key
    if turn.is_stored and turn.user_message_id:
        rows, made.rows = made.rows, None
        if rows is None:
            rows = history.branch(turn.chat_id or "", turn.user_message_id, files=True)
        stored, made.summary = compaction.shortened(rows)
        system = next((one for one in asked if one.get("role") == "system"), None)
        announced = made.has_native_tools and turn.owner_id == turn.user.id
        made.messages = history.for_provider(
            stored, thinking_key=thinking, announce_files=announced, model_id=made.model.id
        )
        if system is not None:
            made.messages.insert(0, {"role": "system", "content": system.get("content")})
    elif turn.is_temporary:
        # the page has put pictures into their contents already
        asked = [{key: value for key, value in one.items() if key != "files"} for one in asked]
        made.messages = history.for_provider(asked, thinking_key=thinking, model_id=made.model.id)
    else:
        made.messages = asked


def _regeneration(made: Draft) -> None:
    """Guided regeneration: the old reply and what to do differently; neither is stored."""
    body = made.turn.body
    prompt, old_id = body.get("regeneration_prompt"), body.get("regeneration_message_id")
    if isinstance(old_id, str) and old_id and made.turn.is_stored:
        old = history.branch(made.turn.chat_id or "", old_id, files=True)
        if old and old[-1]["id"] == old_id:
            made.messages += history.for_provider(old[-1:])
    if isinstance(prompt, str) and prompt:
        made.messages.append({"role": "user", "content": prompt})


def _continuation(made: Draft) -> None:
    """Continuing a reply: what it says so far ends the conversation."""
    target_id = made.turn.body.get("assistant_message_id")
    if not isinstance(target_id, str) or not made.turn.is_stored:
        return
    rows = history.branch(made.turn.chat_id or "", target_id, files=True)
    if rows and rows[-1]["id"] == target_id and rows[-1].get("output"):
        made.continued = sound_list(rows[-1]["output"])
        reply = history.for_provider(rows[-1:])
        made.messages += reply
        made.reply_messages = len(reply)
        summary, _ = history.since_cut(made.continued or [])
        if summary:
            made.messages = compaction.with_summary(made.messages[: -len(reply)], "", summary) + reply


def _folder_prompt(made: Draft) -> None:
    """The folder's own prompt goes before the user's, for those who may read the folder."""
    folder_id = made.turn.folder_id or (made.turn.body.get("folder_id") if made.turn.is_temporary else None)
    if not isinstance(folder_id, str) or not folder_id:
        return
    if not access.reads_folder(folder_id, made.turn.user):
        return
    row = Folder.select(Folder.data).where(Folder.id == folder_id).first()
    text = ((row.data if row is not None else None) or {}).get("system_prompt")
    if not isinstance(text, str) or not text:
        return
    text = render(made.turn, text)
    for message in made.messages:
        if message.get("role") == "system":
            message["content"] = f"{text}\n{history.plain(message.get('content'))}"
            return
    made.messages.insert(0, {"role": "system", "content": text})


def _placeholders(made: Draft) -> None:
    for message in made.messages:
        if message.get("role") == "system" and isinstance(message.get("content"), str):
            message["content"] = render(made.turn, message["content"])


def render(turn: Turn, text: str) -> str:
    """`text` with the turn's placeholders filled."""
    return prompts.rendered(text, turn.user, turn.variables, turn.chat_variables)


def _summary(made: Draft) -> None:
    made.add_system(made.summary)


def _voice(made: Draft) -> None:
    """In a spoken conversation: how to speak, before everything else."""
    features = made.turn.body.get("features")
    if not isinstance(features, dict) or not features.get("voice"):
        return
    enabled, template = read(keys.ENABLE_VOICE_MODE_PROMPT, keys.VOICE_MODE_PROMPT_TEMPLATE)
    if enabled:
        made.messages.insert(0, {"role": "system", "content": render(made.turn, template or VOICE_PROMPT)})


def _code(made: Draft) -> None:
    """How code can be run: in the question for models that write it into their text, else beside the tool."""
    if not code_blocks.wanted(made.turn, made.model):
        return
    if made.params.get("function_calling") != "legacy":
        if made.turn.session_id:
            made.add_system(code_blocks.surroundings())
        return
    made.runs_code = True
    for message in reversed(made.messages):
        if message.get("role") == "user":
            message["content"] = _behind(message.get("content"), code_blocks.instructions())
            return


def _behind(content: Any, text: str) -> Any:
    """A message's content with `text` after it."""
    if isinstance(content, list):
        return [*content, {"type": "text", "text": text}]
    return f"{content or ''}\n{text}"


def _merge_system(made: Draft) -> None:
    made.messages = history.without_empty_parts(made.messages)


def _pictures(made: Draft) -> None:
    made.messages = images.inlined(made.messages, made.turn.user)


def _usage(made: Draft) -> None:
    """Token counts are asked for where the model is said to give them."""
    if made.body.get("stream") and made.model.capabilities.get("usage") and made.model.owned_by != "ollama":
        made.body.setdefault("stream_options", {"include_usage": True})


def _tools(made: Draft) -> None:
    """What the model may call. A request that brings `tools` of its own gets exactly these."""
    if "tools" in made.turn.body:
        return
    made.approval_mode = approval.mode(made.params)
    made.tools = offered.offered(made.turn, made.target, made.model, made.tell, native=made.has_native_tools)
    if not made.tools or made.params.get("function_calling") == "legacy":
        return
    shown = list(made.tools.values())
    hidden = deferred.deferred(made.tools) if made.has_native_tools else {}
    if hidden:
        made.add_system(deferred.listed(hidden))
        shown = [tool for tool in shown if tool.name not in hidden]
        for tool in (deferred.search_tool(hidden), deferred.CALL_TOOL):
            made.tools[tool.name] = tool
            shown.append(tool)
    made.body["tools"] = [tool.described() for tool in shown]


def _attached(made: Draft) -> None:
    """What the files of the question hold, and for models without tools those of its folder and of the model."""
    if made.model.capabilities.get("file_context") is False:
        return
    items = [one for one in as_objects(made.turn.body.get("files")) if one.get("type") != "filesystem"]
    knowledge: list[dict[str, Any]] = []
    if made.params.get("function_calling") == "legacy":
        knowledge = as_objects(made.model.meta.get("knowledge"))
        items += _folder_files(made.turn) + knowledge
    if not items:
        return
    search = {"action": "knowledge_search", "query": history.last_question(made.messages)}
    if knowledge:
        made.tell(STATUS, {**search, "done": False})
    made.sources = attached.sources(items, made.turn.user)
    made.tell(STATUS, {"action": "sources_retrieved", "count": sources.count(made.sources), "done": True})
    if knowledge:
        made.tell(STATUS, {**search, "done": True, "hidden": True})


def _folder_files(turn: Turn) -> list[dict[str, Any]]:
    return [{"type": "folder", "id": turn.folder_id}] if turn.folder_id else []


def _finish(made: Draft) -> None:
    made.body["messages"] = made.messages


STAGES: tuple[Callable[[Draft], None], ...] = (
    _parameters,
    _conversation,
    _regeneration,
    _continuation,
    _placeholders,
    _folder_prompt,
    _summary,
    _voice,
    _code,
    _merge_system,
    _pictures,
    _usage,
    _tools,
    _attached,
    _finish,
)
