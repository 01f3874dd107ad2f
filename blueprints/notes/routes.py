"""The notes that a caller may read."""

from flask import g

from blueprints.notes import forms, shapes
from models import listing
from models.notes import Note
from utils.access.permissions import require
from utils.access.resources import Resource
from utils.access.roles import verified
from utils.access.surroundings import around
from utils.http.area import Area
from utils.http.parse import takes

_PAGE = 60

area = Area("notes", __name__, "/api/v1/notes")
NOTES = Resource(Note, "note")
SHARED = Resource(Note, "note", admin_sees_all=False)
"""As the plain list has it: an administrator too sees there what is his or was shared with him."""


def _items(rows):
    known = around(SHARED, rows, g.user)
    return [shapes.item(row, known.of(row)) for row in rows]


@area.get("/")
@verified
@takes(query=forms.ListQuery)
def list_notes(query):
    require(g.user, "features.notes", denied=401)
    return _items(Note.listed(SHARED.select(g.user, "read", *Note.columns(g.user.id)), query["page"], _PAGE))


@area.get("/pinned")
@verified
def pinned_notes():
    require(g.user, "features.notes", denied=401)
    rows = SHARED.select(g.user, "read", *Note.columns(g.user.id))
    return _items(list(Note.pinned_by(rows, g.user.id).dicts()))


@area.get("/search")
@verified
@takes(query=forms.SearchQuery)
def search_notes(query):
    require(g.user, "features.notes", denied=401)
    permission = "write" if query["permission"] == "write" else "read"
    rows = NOTES.select(g.user, permission, *Note.columns(g.user.id), public=False)
    rows = Note.found(rows, query["query"], query["order_by"], query["direction"])
    rows = listing.seen_as(rows, Note, g.user.id, query["view_option"])
    found, total = listing.page(rows, query["page"], _PAGE)
    known = around(NOTES, found, g.user)
    return {"items": [shapes.found(row, known.of(row)) for row in found], "total": total}
