"""The files that a caller has uploaded; an administrator sees everybody's."""

from flask import g

from blueprints.files import forms, shapes
from models.files import File
from utils.access.roles import verified
from utils.http.area import Area
from utils.http.parse import takes
from utils.settings import environment

_PAGE = 50

area = Area("files", __name__, "/api/v1/files")


@area.get("/")
@verified
@takes(query=forms.ListQuery)
def list_files(query):
    everybody = g.user.is_admin and environment.current().admin_sees_all
    rows, total = File.page_of(None if everybody else g.user.id, query["page"], _PAGE, *shapes.LISTED)
    return {"items": [shapes.listed(row, content=query["content"]) for row in rows], "total": total}
