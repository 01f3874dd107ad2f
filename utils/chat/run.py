"""Running a turn: in the background, inside the request, or passed straight through (chat.md section 1)."""

import itertools
import logging
import threading
from typing import Any

from flask import Response

from models import json_codec
from models.chats import ChatMessage
from models.database import release
from utils.chat import access, approval, inner_turns, payload, sources, store, tasks
from utils.chat import direct as page
from utils.chat.ahead import Ahead
from utils.chat.answer import Answer
from utils.chat.begin import begin
from utils.chat.turn import Target, Turn
from utils.http.errors import not_found
from utils.jobs import drain, spawn
from utils.providers import catalog, completions
from utils.providers.context import Context
from utils.realtime import emit

log = logging.getLogger("lightwell.chat")


def background(turn: Turn) -> dict[str, Any]:
    """Stores the turn, starts a task a target, and answers at once; the rest comes over the socket."""
    ahead = Ahead(turn)
    try:
        _announce(turn, ahead)
    except BaseException:
        ahead.drop()
        raise
    unfinished = _Countdown(turn)
    for place, target in enumerate(turn.targets):
        spawn.spawn(_answer_one, turn, target, place == 0, unfinished, ahead if place == 0 else None)
    task_ids = [target.task.id for target in turn.targets if target.task is not None]
    return {"status": True, "task_ids": task_ids, "chat_id": turn.chat_id}


def resume(turn: Turn, output: list[dict[str, Any]]) -> dict[str, Any]:
    """Goes on with a reply that waited for a person, in a new task if one was
    begun; `output` is what it has now."""
    release()
    target = turn.targets[0]
    chat_id, message_id = turn.chat_id or "", target.message_id
    emit.chat_event(turn.user.id, chat_id, message_id, "chat:completion", {"output": approval.shown(output)})
    task_ids = []
    if target.task is not None:
        _tell_active(turn, True, message_id)
        spawn.spawn(_answer_one, turn, target, False, _Countdown(turn))
        task_ids.append(target.task.id)
    return {"status": True, "chat_id": chat_id, "message_id": message_id, "task_ids": task_ids}


def foreground(turn: Turn) -> Any:
    """The whole turn inside the request: None for a stream, else the provider's JSON.

    Raises the provider's error, after it was stored. No page waits for it, so none is told that the chat is active.
    """
    _announce(turn, active=False)
    release()
    answers = [_answer_one(turn, target, place == 0) for place, target in enumerate(turn.targets)]
    for answer in answers:
        if answer.failure is not None:
            raise answer.failure
    return answers[0].result if answers else None


def direct(turn: Turn) -> Response:
    """For API clients: the provider's answer as it comes. Raises its error."""
    if turn.is_stored:
        access.owner_to_continue(turn.chat_id or "", turn.user)
    target = Target(str(turn.body.get("model") or ""), "")
    if (own := page.model_of(turn, target.model_id)) is not None:
        return page.Reply(turn, "", own, _body(payload.draft(turn, target, own))).relay()
    model = catalog.usable(turn.user, turn.body.get("model"))
    selected = None
    if model.owned_by == "arena":
        model = catalog.arena_choice(model, turn.user)
        selected = model.id
    draft = payload.draft(turn, target, model)
    context = Context(
        user=turn.user,
        chat_id=turn.chat_id or "",
        render=lambda text: payload.render(turn, text),
        **turn.provider_context,
    )
    notes: list[dict[str, Any]] = [] if selected is None else [{"selected_model_id": selected}]
    if draft.sources:
        notes.append({"sources": sources.shown(draft.sources)})
    reply = completions.complete(model, _body(draft), context)
    return _with_notes(reply, notes) if notes else reply.relay()


def _body(draft: payload.Draft) -> dict[str, Any]:
    """What the provider is sent, with what the attached files hold."""
    return {**draft.body, "messages": sources.with_sources(draft.messages, draft.sources)}


def _with_notes(reply: completions.Reply, notes: list[dict[str, Any]]) -> Response:
    """An answer that says first which model of an arena was drawn, and which sources it was given."""
    if not reply.is_stream:
        whole = reply.json()
        for note in reversed(notes):
            whole = {**note, **whole}
        return Response(json_codec.dumps_bytes(whole), reply.status, content_type="application/json")
    response = reply.relay()
    frames = [b"data: " + json_codec.dumps_bytes(note) + b"\n\n" for note in notes]
    response.response = itertools.chain(frames, response.iter_encoded())
    return response


def _announce(turn: Turn, ahead: Ahead | None = None, *, active: bool = True) -> None:
    """Stores the turn, while its first reply may be asked for `ahead`, then tells the browsers that it began;
    `active`: and that something runs."""
    if drain.draining():
        raise not_found("The server is stopping; send this again in a moment.")
    begin(turn, ahead.start if ahead is not None else None)
    release()
    first = turn.targets[0].message_id if turn.targets else None
    if turn.is_stored:
        if first and not turn.is_new and turn.user_message is not None:
            data = {"messages": turn.new_messages, "currentId": first}
            emit.chat_messages(turn.chat_id or "", first, turn.user.id, data, turn.session_id)
        if not turn.is_continued:
            emit.chat_list(turn.user.id, turn.chat_id or "", turn.user_message_id, turn.folder_id)
    if first and active:
        _tell_active(turn, True, first)


def _tell_active(turn: Turn, active: bool, message_id: str) -> None:
    data = {"active": active, "folder_id": turn.folder_id}
    emit.chat_event(turn.user.id, turn.chat_id or "", message_id, "chat:active", data)
    if turn.is_stored and not turn.is_new:
        emit.chat_shared(
            turn.chat_id or "",
            "chat:active",
            data,
            message_id=message_id,
            user_id=turn.user.id,
            skip_sid=turn.session_id,
        )


class _Countdown:
    """Says `chat:active` false once the last of a turn's replies is over."""

    def __init__(self, turn: Turn) -> None:
        self._turn, self._left, self._lock = turn, len(turn.targets), threading.Lock()

    def one_ended(self, target: Target) -> None:
        with self._lock:
            self._left -= 1
            last = self._left == 0
        if last:
            _tell_active(self._turn, False, target.message_id)


def _answer_one(
    turn: Turn, target: Target, is_first: bool, unfinished: _Countdown | None = None, ahead: Ahead | None = None
) -> Answer:
    answer = Answer(turn, target, inner_turns.INSIDE, is_first=is_first, ahead=ahead)
    try:
        answer.run()
    finally:
        if unfinished is not None:
            unfinished.one_ended(target)
    return answer


# -- stopping, and what a killed process left


def stop(chat_id: str) -> bool:
    """Stops a chat's replies; with none running, ends one that was paused for approval."""
    stopped = tasks.stop_item(chat_id) > 0
    if not stopped:
        _end_paused(chat_id)
    return stopped


def _end_paused(chat_id: str) -> None:
    """A message that waits for an answer nobody will give: its open calls are rejected, it is done."""
    waiting = ChatMessage.unfinished(chat_id)
    if not waiting:
        return
    ended: list[tuple[str, str, list[dict[str, Any]]]] = []
    with store.edit(chat_id) as chat:
        for message_id in waiting:
            message = chat.messages.get(message_id)
            if message is None:
                continue
            output = [
                {**item, "status": "rejected"} if item.get("status") in ("pending", "queued") else item
                for item in message.get("output") or []
            ]
            chat.put(message_id, {"done": True, "output": output, "content": store.text_of(output)})
            ended.append((chat.user_id, message_id, output))
    for user_id, message_id, output in ended:
        emit.chat_event(user_id, chat_id, message_id, "chat:completion", {"done": True, "output": output})
        emit.chat_event(user_id, chat_id, message_id, "chat:tasks:cancel")
