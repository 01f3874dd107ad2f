"""`/api/v1/utils`: what fits nowhere else."""

import hashlib
import os
import tempfile

from flask import jsonify, send_file

from models import snapshots
from models.database import is_sqlite, release
from models.large import aside
from utils.access.roles import admin, verified
from utils.http.area import Area
from utils.http.errors import bad_request, forbidden, unauthorised
from utils.http.fields import Form, String
from utils.http.parse import takes
from utils.providers import jupyter
from utils.settings import environment, keys
from utils.settings.setting import read

area = Area("helpers", __name__, "/api/v1/utils")


class EmailQuery(Form):
    email = String(required=True)


@area.get("/gravatar")
@verified
@takes(query=EmailQuery)
def gravatar(query):
    """The address of somebody's picture there; nothing is asked of that service here."""
    seal = hashlib.sha256(query["email"].strip().lower().encode()).hexdigest()
    return jsonify(f"https://www.gravatar.com/avatar/{seal}?d=mp")


class CodeForm(Form):
    code = String(required=True)


@area.post("/code/execute")
@verified
@takes(body=CodeForm)
def execute_code(body):
    """Code of a message that a person has run; in the browser it needs no server."""
    enabled, engine = read(keys.ENABLE_CODE_EXECUTION, keys.CODE_EXECUTION_ENGINE)
    if not enabled:
        raise forbidden("Running code is switched off on this server.")
    if engine != "jupyter":
        raise bad_request("On this server code runs in the browser only.")
    server = jupyter.execution()
    release()
    return jupyter.execute(server, body["code"])


@area.get("/db/download")
@admin
def download_database():
    settings = environment.current()
    if not settings.admin_export:
        raise unauthorised("Exports are switched off on this server.")
    if not is_sqlite():
        raise bad_request("Only a SQLite database can be downloaded; use the tools of PostgreSQL.")
    release()
    # gone from the folder as soon as it is open: nothing is left behind, however the download ends
    with tempfile.NamedTemporaryFile(dir=settings.data_dir, prefix=".copy-", suffix=".db") as file:
        aside(snapshots.copy_to, file.name)
        copy = os.fdopen(os.open(file.name, os.O_RDONLY), "rb")
    response = send_file(copy, mimetype="application/octet-stream", conditional=False)
    response.headers["Content-Disposition"] = 'attachment; filename="webui.db"'
    response.content_length = os.fstat(copy.fileno()).st_size
    return response
