"""Which functions there are."""

from blueprints.functions import shapes
from models.functions import Function
from models.listing import owners
from utils.access.roles import admin, verified
from utils.http.area import Area

area = Area("functions", __name__, "/api/v1/functions")


@area.get("/")
@verified
def functions():
    return [shapes.listed(row) for row in Function.listed(*shapes.LISTED)]


@area.get("/list")
@admin
def list_functions():
    rows = Function.listed(*shapes.LISTED)
    known = owners(row["user_id"] for row in rows)
    return [{**shapes.listed(row), "user": known.get(row["user_id"])} for row in rows]
