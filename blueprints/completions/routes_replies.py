"""Replies that were begun: decisions about their calls, and what older clients say when they are over."""

from flask import g, jsonify

from blueprints.completions import forms
from blueprints.completions.routes import area
from utils.access.roles import verified
from utils.chat import access, approval, compaction, run, tasks
from utils.chat import turn as turns
from utils.http.errors import bad_request, unauthorised
from utils.http.parse import takes
from utils.providers import catalog
from utils.providers.context import Context, credentials


@area.post("/api/v1/chats/<id>/messages/<message_id>/resolve")
@verified
@takes(body=forms.DecisionForm)
def resolve(id, message_id, body):
    turn, output = approval.resolve(g.user, id, message_id, approval.Decision(**body))
    turn.provider_context = credentials()
    return run.resume(turn, output)


@area.post("/api/v1/chats/<id>/compact")
@verified
@takes(body=forms.CompactForm, optional=True)
def compact(id, body):
    if not access.is_owner(id, g.user.id):
        raise unauthorised("There is no such chat, or it is not yours.")
    tasks.require_idle(id)
    return compaction.compact(id, (body or {}).get("model"), Context.of_caller(chat_id=id))


@area.post("/api/chat/completed")
@verified
@takes(free=True)
def completed(body):
    """Older clients report a finished reply here; it would go through outlet filters, and comes back."""
    if not all(isinstance(body.get(key), str) and body[key] for key in ("id", "session_id")):
        raise bad_request("The id of the message or of the session is missing.")
    chat_id = body.get("chat_id", 0)
    if not isinstance(chat_id, str | None):
        raise bad_request("The id of the chat is missing.")
    catalog.usable(g.user, body.get("model"))
    if chat_id and not chat_id.startswith(turns.TEMPORARY) and g.user.role != "admin":
        access.owner_to_continue(chat_id, g.user)
    return jsonify(body)
