"""The rounds of one answer: while the model calls tools they are run and it is asked again (chat.md 6.2 to 6.5)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from models import json_codec
from models.database import release
from utils.chat import code_blocks, cutting, history, images, tasks
from utils.chat.items import new_item_id
from utils.chat.output import STATE, STREAM, Event, Output
from utils.chat.payload import Draft
from utils.chat.tools import arguments, deferred, delegation, questions, results
from utils.chat.tools.results import Result
from utils.chat.tools.tool import Calling, Tool, ToolFailed
from utils.jobs import spawn
from utils.providers.errors import ProviderError
from utils.realtime import calls as page_calls
from utils.settings import environment

log = logging.getLogger("lightwell.tools")

Item = dict[str, Any]

_NOT_ALONE = "Error: ask_user has to be the only call of its turn, so it was not run. Call it by itself."
_NOBODY = "Error: nobody can be asked here. Decide by yourself, and say so in your last message."
_NO_OBJECT = "Error: the arguments of {name} have to be one JSON object. Try again."
_UNKNOWN = 'Error: there is no tool "{name}".'
_REFUSED = "Error: the user did not approve this call."
_BROKEN = "The tool failed inside the server."
_TOO_MANY = "The reply was ended after {count} rounds of tool calls."


class Paused(Exception):
    """The answer waits for a person: it is stored as it is, and the task ends."""


@dataclass
class Loop:
    """`ask` makes one request to the provider and takes in its answer; `tell` sends events of the answer."""

    draft: Draft
    output: Output
    calling: Calling
    ask: Callable[[dict[str, Any]], None]
    tell: Callable[[list[Event]], None]
    asked: bool = True
    """The provider has answered before the first turn of the loop; not so when a paused answer goes on."""
    _code_runs: int = 0
    _round_begins: int = 0
    """The place of the first item that the provider's last answer brought."""
    _parted: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Until the model calls nothing more. Raises `Paused`; a provider's failure here is told and kept
        with what there is."""
        most = self.calling.turn.most_rounds
        most = environment.current().tool_rounds if most is None else most
        rounds = 0
        self._parted = self._already_parted()
        while True:
            calls = self._split(self._open_calls())
            ran_code = not calls and self._ran_code()
            if not calls and not ran_code and self.asked:
                return
            if 0 <= most <= rounds:
                self._fail(_TOO_MANY.format(count=most))
                return
            if calls:
                self._answer(calls)
            self.asked, rounds = True, rounds + 1
            self.tell(cutting.shorten(self.draft, self.output.items, self.output.usage, self.calling))
            self._round_begins = len(self.output.items)
            try:
                self.ask({**self.draft.body, "stream": True, "messages": self._messages()})
            except ProviderError as error:
                self.calling.task.check()
                self.output.interrupted()
                self._fail(error.message)
                return

    def _ran_code(self) -> bool:
        """Runs the block of code that the text ended with; not for ever."""
        block = code_blocks.waiting(self.output.items)
        if block is None:
            return False
        if self._code_runs >= code_blocks.MOST_RUNS:
            block["status"] = "completed"
            return False
        self._code_runs += 1
        code_blocks.run(block, self.calling)
        self.calling.task.check()
        self.tell([(STATE, {"output": self.output.snapshot()})])
        return True

    def _open_calls(self) -> list[Item]:
        return [item for item in self.output.pending_calls() if item.get("status") != "incomplete"]

    def _messages(self) -> list[dict[str, Any]]:
        """The conversation with everything that this answer said, called and was given so far."""
        said = history.expanded(self.output.items, self.draft.thinking_key, details=True)
        return cutting.messages(self.draft, self.output.items, images.inlined(said, self.calling.turn.user))

    def _fail(self, text: str) -> None:
        self.output.error = text
        self.tell([("chat:message:error", {"error": {"content": text}})])

    # -- reading the calls

    def _split(self, calls: list[Item]) -> list[Item]:
        """Calls whose arguments are several objects back to back become calls of their own."""
        found: list[Item] = []
        for call in calls:
            objects = arguments.several(str(call.get("arguments") or ""))
            if not objects:
                found.append(call)
                continue
            if str(call["call_id"]) in self._parted:
                continue
            self._parted.add(str(call["call_id"]))
            for one in objects:
                call_id = new_item_id("call")
                item = {"type": "function_call", "id": call_id, "call_id": call_id, "name": call["name"]}
                self.output.items.append({**item, "arguments": json_codec.dumps(one), "status": "in_progress"})
                found.append(self.output.items[-1])
        return found

    def _already_parted(self) -> set[str]:
        """Calls that a turn before this one has made several of; they stay without a result."""
        if self.asked:
            return set()
        pending = self.output.pending_calls()
        return {str(one["call_id"]) for one in pending if arguments.several(str(one.get("arguments") or ""))}

    def _answer(self, calls: list[Item]) -> None:
        """Runs what may run now. Raises `Paused` where a person has to decide first."""
        refused = self._unwrapped(calls)
        refused |= self._question(calls)
        waiting = [call for call in calls if id(call) not in refused and self._needs_person(call)]
        runnable = [call for call in calls if call not in waiting]
        for place, call in enumerate(waiting):
            call["status"] = "pending" if place == 0 else "queued"
        if runnable:
            self._run(runnable, refused, done=not waiting)
        elif waiting:
            self.tell([(STATE, {"output": self.output.snapshot()})])
        if waiting:
            raise Paused

    def _unwrapped(self, calls: list[Item]) -> dict[int, Result]:
        """Calls by `call_tool` become calls of the tools they name; what cannot is answered at once."""
        refused: dict[int, Result] = {}
        if self.draft.tools.get(deferred.CALL) is not deferred.CALL_TOOL:
            return refused
        for call in calls:
            wrong = deferred.unwrapped(call, self.draft.tools) if call["name"] == deferred.CALL else None
            if wrong is not None:
                refused[id(call)] = Result(f"Error: {wrong}", failed=True)
        return refused

    def _question(self, calls: list[Item]) -> dict[int, Result]:
        """Checks calls of `ask_user` and writes the questions in full; what cannot be asked is answered at once."""
        refused: dict[int, Result] = {}
        if questions.NAME not in self.draft.tools:
            return refused
        for call in calls:
            if call["name"] != questions.NAME:
                continue
            if len(calls) > 1 or self.calling.turn.is_internal:
                refused[id(call)] = Result(_NOBODY, failed=True) if len(calls) == 1 else Result(_NOT_ALONE)
                continue
            try:
                asked = questions.normalised(arguments.parsed(str(call.get("arguments") or "")))
            except arguments.NotAnObject:
                refused[id(call)] = Result(_NO_OBJECT.format(name=questions.NAME), failed=True)
            except questions.BadQuestions as error:
                refused[id(call)] = Result(f"Error: {error}")
            else:
                call["arguments"] = json_codec.dumps(asked)
        return refused

    def _needs_person(self, call: Item) -> bool:
        """Whether the chat has to pause for this call: only a stored one can."""
        if not self.calling.turn.is_stored or call.get("approved"):
            return False
        is_question = call["name"] == questions.NAME and questions.NAME in self.draft.tools
        return is_question or self.draft.approval_mode == "ask"

    # -- running them

    def _run(self, calls: list[Item], refused: dict[int, Result], *, done: bool) -> None:
        """One after another. The page is told of all that the round has brought before and after."""
        self._tell_round()
        beside = self._side_by_side([call for call in calls if id(call) not in refused])
        for call in calls:
            self.calling.task.check()
            call["status"] = "in_progress"
            result = refused.get(id(call)) or (beside[id(call)]() if id(call) in beside else self._called(call))
            failed = result.failed
            call["status"] = "failed" if failed else "completed"
            self.output.items.append(self._result_item(call, self._with_files(result)))
        self.calling.task.check()
        if self.output.snapshots:
            first = {"done": False} if any(call.get("approved") for call in calls) or not done else {}
            self.tell([(STATE, {**first, "output": self.output.snapshot()})])
            return
        self._tell_round()

    def _side_by_side(self, calls: list[Item]) -> dict[int, Callable[[], Result]]:
        """Sub-agents start together; each call's result is waited for where its turn comes."""
        several = [call for call in calls if call["name"] == delegation.DELEGATE_NAME]
        return {id(call): spawn.result_of(self._called, call) for call in several} if len(several) > 1 else {}

    def _tell_round(self) -> None:
        if self.output.snapshots:
            return
        self.tell(
            [
                (STREAM, {"type": "response.output_item.done", "output_index": place, "item": _told(item)})
                for place, item in enumerate(self.output.items)
                if place >= self._round_begins
            ]
        )

    def _called(self, call: Item) -> Result:
        name = call["name"]
        try:
            given = arguments.parsed(str(call.get("arguments") or ""))
        except arguments.NotAnObject:
            return Result(_NO_OBJECT.format(name=name), failed=True)
        call["arguments"] = json_codec.dumps(given)
        tool = self.draft.tools.get(name)
        if tool is None:
            return Result(_UNKNOWN.format(name=name), failed=True)
        if self.draft.approval_mode == "ask" and not call.get("approved") and not self._confirmed(call, given):
            return Result(_REFUSED, failed=True)
        if not tool.open:
            given = {key: value for key, value in given.items() if key in tool.properties}
        try:
            return results.of(name, self._outcome(tool, given))
        except tasks.Stopped:
            raise
        except ToolFailed as error:
            return results.failure(str(error))
        except Exception:
            # a tool's own fault is the model's to deal with, not the end of the answer
            log.exception("tool %s failed", name)
            return results.failure(_BROKEN)

    def _outcome(self, tool: Tool, given: dict[str, Any]) -> Any:
        """What the tool returns; stopping the reply does not wait for it."""

        def run() -> Any:
            try:
                return tool.run(self.calling, given)
            finally:
                release()

        return tasks.unless_stopped(self.calling.task, run, lambda _: None)

    def _confirmed(self, call: Item, given: dict[str, Any]) -> bool:
        """In a chat that is not stored the page asks the person while the call waits."""
        if call["name"] == questions.NAME:
            return True
        turn = self.calling.turn
        answer = page_calls.to_person(
            turn.session_id,
            turn.user.id,
            "confirmation",
            {"tool_call": {"id": call["call_id"], "name": call["name"], "arguments": given}},
            place=(turn.chat_id or "", self.calling.target.message_id),
            waiting=self.calling.task,
        )
        return answer is True

    def _with_files(self, result: Result) -> Result:
        """A result whose pictures are files; in a chat that is not stored they stay data."""
        turn, target = self.calling.turn, self.calling.target
        if result.pictures and turn.is_stored:
            result.pictures = [images.kept(turn, target, one) for one in result.pictures]
        return result

    @staticmethod
    def _result_item(call: Item, result: Result) -> Item:
        parts: list[dict[str, Any]] = [{"type": "input_text", "text": result.text}]
        parts += [{"type": "input_image", "image_url": picture} for picture in result.pictures]
        item = {
            "type": "function_call_output",
            "id": new_item_id("fco"),
            "call_id": call["call_id"],
            "output": parts,
            "status": "failed" if result.failed else "completed",
        }
        return item | ({"embeds": result.embeds} if result.embeds else {})


def _told(item: Item) -> Item:
    """An item as an event shows it: pictures come with the whole output at the end."""
    if item["type"] != "function_call_output":
        return dict(item)
    return {**item, "output": [part for part in item["output"] if part.get("type") == "input_text"]}
