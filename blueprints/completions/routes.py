"""`POST /api/chat/completions` in its modes, running tasks, models in use (chat.md sections 1, 8)."""

from flask import g, jsonify

from models.users import User
from utils.access.roles import admin, verified
from utils.chat import access, direct, run, tasks
from utils.chat import turn as turns
from utils.http.area import Area
from utils.http.errors import not_found
from utils.http.parse import takes
from utils.providers import catalog
from utils.providers.context import credentials
from utils.realtime import sessions, usage

area = Area("completions", __name__)


@area.post("/api/chat/completions")
@area.post("/api/v1/chat/completions", endpoint="complete_v1")
@verified
@takes(free=True)
def complete(body):
    turn = turns.read(g.user, body)
    turn.provider_context = credentials()
    has_chat = turn.chat_id is not None or turn.wants_new_chat
    if turn.chat_id is not None and turn.chat_id.startswith(turns.CHANNEL):
        raise not_found("There is no such channel.")
    if not has_chat or (turn.session_id is None and not turn.targets):
        return run.direct(turn)
    if direct.model_of(turn, body.get("model")) is None:
        catalog.usable(g.user, body.get("model"))
    if turn.session_id is not None:
        return run.background(turn)
    return jsonify(run.foreground(turn))


@area.get("/api/tasks")
@admin
def all_tasks():
    return {"tasks": tasks.everything()}


@area.post("/api/tasks/stop/<task_id>")
@admin
def stop_task(task_id):
    if tasks.stop(task_id):
        return {"status": True, "message": f"Task {task_id} was asked to stop."}
    return {"status": False, "message": f"There is no running task {task_id}."}


@area.get("/api/tasks/chat/<chat_id>")
@verified
def tasks_of_chat(chat_id):
    return {"task_ids": tasks.of_item(chat_id) if _is_own(chat_id) else []}


@area.post("/api/tasks/chat/<chat_id>/stop")
@verified
def stop_chat(chat_id):
    if not _is_own(chat_id):
        raise not_found("There is no such chat.")
    stopped = run.stop(chat_id)
    return {"status": True, "message": "The reply was stopped." if stopped else "No reply is being written."}


@area.get("/api/usage")
@verified
def models_in_use():
    return {"model_ids": usage.active_models(), "user_count": User.count_active()}


def _is_own(chat_id: str) -> bool:
    """Whether the caller's own chat is meant; a temporary one belongs to the owner of its socket."""
    for prefix in turns.TEMPORARY:
        if chat_id.startswith(prefix):
            return sessions.owner_of(chat_id.removeprefix(prefix)) == g.user.id
    return access.is_owner(chat_id, g.user.id)
