"""Storing a turn before anything runs: the chat, the question, the empty replies (chat.md section 3)."""

import time
from collections.abc import Callable
from typing import Any

from models import file_links
from models.base import new_id, now
from models.chats import ChatFile
from models.database import write
from utils.access import files as file_access
from utils.chat import access, history, reminders, store, tasks
from utils.chat.turn import Target, Turn
from utils.http.errors import conflict, forbidden, not_found

Conversation = list[dict[str, Any]]


def begin(turn: Turn, ahead: Callable[[Conversation], None] | None = None) -> None:
    """Stores what the turn brings and registers its tasks. `ahead` is given the rows of the conversation
    (`history.branch`) before a document is written that takes long.

    Raises 404 for a chat that is not the caller's to continue, 409 where an id is taken or the parent
    gone, 403 where the question is not a question. Nothing is stored then.
    """
    _check_ids(turn)
    if turn.wants_new_chat:
        _new_chat(turn)
    elif turn.is_stored and turn.user_message is not None:
        _next_turn(turn, ahead)
        if not (turn.user_message.get("meta") or {}).get("internal"):
            reminders.cancel(turn.chat_id or "", turn.user.id, "chat.user_message")
    elif turn.is_stored:
        turn.owner_id = access.owner_to_continue(turn.chat_id or "", turn.user)
        _register(turn)
        _note_tasks(turn)
    else:
        _register(turn)


def _check_ids(turn: Turn) -> None:
    ids = [target.message_id for target in turn.targets]
    question = [turn.user_message_id] if turn.user_message_id else []
    if len(set(ids + question)) != len(ids) + len(question):
        raise conflict("A message id is used twice in this request.")


def _register(turn: Turn) -> None:
    """A task for every reply that has to be written."""
    for target in turn.targets:
        target.task = tasks.begin(turn.chat_id or "", turn.user.id)


def _unregister(turn: Turn) -> None:
    for target in turn.targets:
        if target.task is not None:
            tasks.end(target.task)
            target.task = None


def _new_chat(turn: Turn) -> None:
    if turn.folder_id is not None:
        access.check_folder(turn.folder_id, turn.user)
    turn.chat_id = new_id()
    turn.is_new = True
    _register(turn)
    question = _question(turn, [target.message_id for target in turn.targets])
    messages = {question["id"]: question} if question else {}
    for target in turn.targets:
        messages[target.message_id] = _placeholder(turn, target, question["id"] if question else None)
    models = _models(turn)
    files = turn.body.get("files")
    document = {
        "id": turn.chat_id,
        "title": store.NEW_TITLE,
        "models": models,
        "history": {
            "currentId": turn.targets[0].message_id if turn.targets else question.get("id"),
            "messages": messages,
        },
        "messages": [{key: question[key] for key in ("role", "content")}] if question else [],
        "files": files if isinstance(files, list) else [],
        "tags": [],
        "timestamp": int(time.time() * 1000),
    }
    try:
        with write():
            store.create(
                turn.user.id,
                document,
                chat_id=turn.chat_id,
                folder_id=turn.folder_id,
                variables=turn.chat_variables,
            )
            _attach_files(turn)
    except BaseException:
        _unregister(turn)
        raise


def _models(turn: Turn) -> list[str]:
    return [target.model_id for target in turn.targets] or [str(turn.body.get("model") or "")]


def _question(turn: Turn, children: list[str]) -> dict[str, Any]:
    """The user's message as it is stored."""
    if turn.user_message is None:
        return {}
    return {
        "parentId": None,
        **turn.user_message,
        "childrenIds": children,
        "role": turn.user_message.get("role") or "user",
        "content": turn.user_message.get("content") if turn.user_message.get("content") is not None else "",
        "user_id": turn.user.id,
        "user": {"id": turn.user.id, "name": turn.user.name},
    }


def _placeholder(turn: Turn, target: Target, parent_id: str | None) -> dict[str, Any]:
    """An assistant message that has nothing to say yet."""
    message: dict[str, Any] = {
        "id": target.message_id,
        "parentId": parent_id,
        "childrenIds": [],
        "role": "assistant",
        "content": "",
        "done": False,
        "model": target.model_id,
        "timestamp": now(),
    }
    if not turn.is_new:
        message["user_id"] = turn.user.id
    if target.stored_index or not turn.is_new:
        message["modelIdx"] = target.index
    if target.task is not None:
        message["meta"] = {"task_id": target.task.id}
    return message


def _next_turn(turn: Turn, ahead: Callable[[Conversation], None] | None) -> None:
    turn.owner_id = access.owner_to_continue(turn.chat_id or "", turn.user)
    _register(turn)
    try:
        with store.edit(turn.chat_id or "") as chat:
            store.fill_missing_rows(chat.id, chat.user_id, chat.document)
            turn.folder_id = chat.row.folder_id
            _add_question(turn, chat)
            for target in turn.targets:
                _add_placeholder(turn, chat, target)
            _update_chat(turn, chat)
            _attach_files(turn)
            turn.new_messages = _told(turn, chat)
            if ahead is not None and chat.is_large:
                chat.write_messages()
                ahead(history.branch(chat.id, turn.user_message_id or "", files=True))
    except store.ChatGone:
        _unregister(turn)
        raise not_found("There is no such chat.") from None
    except BaseException:
        _unregister(turn)
        raise


def _told(turn: Turn, chat: store.ChatEdit) -> dict[str, Any]:
    """The question, the replies to come and the message before: what other viewers have to merge."""
    parent = (chat.messages.get(turn.user_message_id or "") or {}).get("parentId")
    ids = [turn.user_message_id, *(target.message_id for target in turn.targets), parent]
    return {
        one: {key: value for key, value in chat.messages[one].items() if key != "meta"}
        for one in ids
        if one in chat.messages
    }


def _add_question(turn: Turn, chat: store.ChatEdit) -> None:
    message = turn.user_message or {}
    known = chat.messages.get(message["id"])
    if known is not None:
        if known.get("role") != "user":
            raise forbidden("This message is not a question.")
        return
    parent = message.get("parentId", turn.parent_id)
    if parent is not None and parent not in chat.messages:
        raise conflict("The message that this one answers is gone.")
    chat.put(message["id"], _question(turn, []) | {"parentId": parent, "timestamp": now()})


def _add_placeholder(turn: Turn, chat: store.ChatEdit, target: Target) -> None:
    """Makes room for a reply, or takes the one that is to be continued."""
    parent_id = turn.user_message_id
    known = chat.messages.get(target.message_id)
    if known is None:
        chat.put(target.message_id, _placeholder(turn, target, parent_id))
        return
    continued = turn.body.get("assistant_message_id") == target.message_id
    empty = (
        known.get("role") == "assistant"
        and not known.get("done")
        and not known.get("content")
        and not known.get("output")
    )
    if known.get("role") != "assistant" or known.get("parentId") != parent_id or not (continued or empty):
        raise conflict("There is a message with this id already.")
    meta = {**(known.get("meta") or {}), "task_id": target.task.id if target.task else None}
    chat.put(target.message_id, {"meta": meta, "done": False})


def _update_chat(turn: Turn, chat: store.ChatEdit) -> None:
    if turn.targets:
        chat.set_current(turn.targets[0].message_id)
    chat.touch()
    if chat.user_id != turn.user.id:
        # a guest's choices are not the chat's
        return
    models = _models(turn)
    if models:
        chat.document["models"] = models
    files = turn.body.get("files")
    if isinstance(files, list) and files:
        chat.document["files"] = files
    if turn.body.get("chat_variables") is not None:
        chat.columns["variables"] = turn.chat_variables


def _note_tasks(turn: Turn) -> None:
    """Puts the task's id on replies that an older client stored itself."""
    try:
        with store.edit(turn.chat_id or "") as chat:
            turn.folder_id = chat.row.folder_id
            for target in turn.targets:
                if target.message_id in chat.messages and target.task is not None:
                    known = chat.messages[target.message_id]
                    chat.put(target.message_id, {"meta": {**(known.get("meta") or {}), "task_id": target.task.id}})
    except store.ChatGone:
        _unregister(turn)
        raise not_found("There is no such chat.") from None


def _attach_files(turn: Turn) -> None:
    """A row of `chat_file` for every file that the question carries and its author may read."""
    wanted = file_links.of_entries((turn.user_message or {}).get("files"))
    # such a row lets others read the file, so it must be one that the caller may read himself
    for file_id in file_access.readable(wanted, turn.user) if wanted else ():
        ChatFile.attach(turn.chat_id or "", file_id, turn.user.id, turn.user_message_id)
