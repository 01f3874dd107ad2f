"""The knowledge bases that a caller may read, and the files in them."""

from flask import g

from blueprints.knowledge import forms, shapes
from models import access_grants, listing
from models.knowledge import Knowledge, KnowledgeDirectory, KnowledgeFile
from utils.access.resources import Resource
from utils.access.roles import verified
from utils.access.surroundings import around
from utils.http.area import Area
from utils.http.parse import takes

area = Area("knowledge", __name__, "/api/v1/knowledge")
BASES = Resource(Knowledge, "knowledge", denied=401)
SHARED = Resource(Knowledge, "knowledge", admin_sees_all=False)
"""As the search over all files has it: an administrator too finds what is his or was shared with him."""
_SOURCES = ("local", "external")


def _page(rows, number):
    found, total = listing.page(rows, number)
    known = around(BASES, found, g.user)
    counts = KnowledgeFile.counts([row["id"] for row in found])
    return {
        "items": [shapes.listed(row, known.of(row), counts.get(row["id"], 0)) for row in found],
        "total": total,
    }


@area.get("/")
@verified
@takes(query=forms.ListQuery)
def list_bases(query):
    return _page(Knowledge.found(BASES.select(g.user, "read", *shapes.LISTED), None), query["page"])


@area.get("/search")
@verified
@takes(query=forms.SearchQuery)
def search_bases(query):
    rows = BASES.select(g.user, "read", *shapes.LISTED)
    if query["source"] in _SOURCES:
        rows = Knowledge.of_source(rows, query["source"])
    rows = Knowledge.found(rows, query["query"], query["order_by"], query["direction"])
    return _page(listing.seen_as(rows, Knowledge, g.user.id, query["view_option"]), query["page"])


@area.get("/search/files")
@verified
@takes(query=forms.FilesQuery)
def search_files(query):
    rows, total = KnowledgeFile.found(
        SHARED.visible(g.user), query["query"], query["page"], content=query["include_content"]
    )
    paths = KnowledgeDirectory.paths([row["directory_id"] for row in rows if row["directory_id"]])
    owners = listing.owners(row["added_by"] for row in rows)
    grants = access_grants.of_resources("knowledge", {row["base_id"] for row in rows})
    items = [
        shapes.file(row, paths.get(row["directory_id"], ""), owners.get(row["added_by"]), grants[row["base_id"]])
        for row in rows
    ]
    return {"items": items, "directories": [], "breadcrumbs": [], "total": total}
