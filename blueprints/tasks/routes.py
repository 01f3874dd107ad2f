"""`/api/v1/tasks`: titles, tags and the like on request, and the settings page of them (chat.md section 7)."""

from flask import g

from models.database import release
from utils.access.roles import admin, verified
from utils.chat import small_tasks, titles
from utils.http.area import Area
from utils.http.parse import takes
from utils.providers import completions
from utils.providers.context import Context
from utils.settings.pages_tasks import TASKS

area = Area("tasks", __name__, "/api/v1/tasks")


@area.get("/config")
@verified
def get_config():
    return TASKS.show()


@area.post("/config/update")
@admin
@takes(body=TASKS.form())
def update_config(body):
    return TASKS.store(body)


@area.post("/title/completions")
@verified
@takes(free=True)
def title(body):
    return _complete("title", body)


@area.post("/tags/completions")
@verified
@takes(free=True)
def tags(body):
    return _complete("tags", body)


@area.post("/follow_up/completions")
@verified
@takes(free=True)
def follow_up(body):
    return _complete("follow_up", body)


@area.post("/image_prompt/completions")
@verified
@takes(free=True)
def image_prompt(body):
    return _complete("image_prompt", body)


@area.post("/queries/completions")
@verified
@takes(free=True)
def queries(body):
    return _complete("queries", body)


@area.post("/auto/completions")
@verified
@takes(free=True)
def auto(body):
    return _complete("auto", body)


@area.post("/emoji/completions")
@verified
@takes(free=True)
def emoji(body):
    return _complete("emoji", body)


@area.post("/moa/completions")
@verified
@takes(free=True)
def moa(body):
    return _complete("moa", body)


def _complete(name, body):
    """The task model's answer as it comes; only the merger of answers may be streamed."""
    kind = small_tasks.KINDS[name]
    small_tasks.check_enabled(kind, body)
    model = small_tasks.model_for(g.user, body, kind)
    prompt = small_tasks.prompt_of(g.user, kind, body)
    sent = titles.task_body(model, kind.name, prompt, stream=name == "moa" and bool(body.get("stream")))
    chat_id = body.get("chat_id")
    context = Context.of_caller(task=kind.name, chat_id=chat_id if isinstance(chat_id, str) else "")
    release()
    return completions.complete(model, sent, context).relay()
