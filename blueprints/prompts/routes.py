"""The prompts that a caller may use, and those of his workspace."""

from flask import g

from blueprints.prompts import forms, shapes
from models import listing
from models.prompts import Prompt
from utils.access.resources import Resource
from utils.access.roles import verified
from utils.access.surroundings import around
from utils.http.area import Area
from utils.http.parse import takes

area = Area("prompts", __name__, "/api/v1/prompts")
PROMPTS = Resource(Prompt, "prompt", denied=401)


@area.get("/")
@verified
def prompts():
    rows = list(Prompt.ordered(PROMPTS.select(g.user, "read", *shapes.LISTED)).dicts())
    known = around(PROMPTS, rows, g.user)
    return [shapes.prompt(row, known.of(row)) for row in rows]


@area.get("/tags")
@verified
def tags():
    return Prompt.tags_of(PROMPTS.select(g.user, "read", Prompt.tags))


@area.get("/list")
@verified
@takes(query=forms.ListQuery)
def list_prompts(query):
    found = Prompt.found(PROMPTS.select(g.user, "read", *shapes.LISTED), query["query"], query["tag"])
    found = listing.seen_as(found, Prompt, g.user.id, query["view_option"])
    rows, total = listing.page(Prompt.ordered(found, query["order_by"], query["direction"]), query["page"])
    known = around(PROMPTS, rows, g.user)
    return {"items": [shapes.listed(row, known.of(row)) for row in rows], "total": total}
