"""The skills that a caller may use, and those of his workspace."""

from flask import g

from blueprints.skills import forms, shapes
from models import listing
from models.skills import Skill
from utils.access.resources import Resource
from utils.access.roles import verified
from utils.access.surroundings import around
from utils.http.area import Area
from utils.http.parse import takes

area = Area("skills", __name__, "/api/v1/skills")
SKILLS = Resource(Skill, "skill", denied=401)


@area.get("/")
@verified
@takes(query=forms.OfferedQuery)
def offered_skills(query):
    found = Skill.found(SKILLS.select(g.user, "read", *shapes.LISTED), query["query"])
    rows = list(Skill.ordered(found).dicts())
    known = around(SKILLS, rows, g.user)
    return [shapes.offered(row, known.of(row)) for row in rows]


@area.get("/list")
@verified
@takes(query=forms.ListQuery)
def list_skills(query):
    found = Skill.found(SKILLS.select(g.user, "read", *shapes.LISTED), query["query"])
    found = listing.seen_as(found, Skill, g.user.id, query["view_option"])
    rows, total = listing.page(Skill.ordered(found, query["order_by"], query["direction"]), query["page"])
    known = around(SKILLS, rows, g.user)
    return {"items": [shapes.listed(row, known.of(row)) for row in rows], "total": total}
