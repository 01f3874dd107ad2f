"""The tools that a caller may use, and those of his workspace."""

from flask import g

from blueprints.tools import forms, shapes
from models.tools import Tool
from utils.access.resources import Resource
from utils.access.roles import verified
from utils.access.surroundings import around
from utils.chat.tools import servers
from utils.http.area import Area
from utils.http.parse import takes

area = Area("tools", __name__, "/api/v1/tools")
TOOLS = Resource(Tool, "tool", denied=401, absent=401)


@area.get("/")
@verified
@takes(query=forms.ListQuery)
def offered_tools(query):
    rows = Tool.listed(TOOLS.select(g.user, "read", *shapes.LISTED), query["query"])
    known = around(TOOLS, rows, g.user)
    return [*(shapes.offered(row, known.of(row)) for row in rows), *servers.listed(g.user, query["query"])]


@area.get("/list")
@verified
def list_tools():
    rows = Tool.listed(TOOLS.select(g.user, "read", *shapes.LISTED))
    known = around(TOOLS, rows, g.user)
    return [shapes.listed(row, known.of(row)) for row in rows]
