"""The application: `create_app()` wires configuration, database, hooks, areas and sockets together.

Nothing happens at import; `gunicorn app:app` and `flask run` build the app through this module.
"""

import os
from typing import Any

import socketio
from flask import Flask, Request
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect

import blueprints
import config
from models import database, schema
from utils.access.roles import guard
from utils.auth import secret
from utils.auth.identity import identify
from utils.http import compress, cors, errors, lifecycle, logs, spa
from utils.http.json import JSON
from utils.realtime import server
from utils.settings import environment, keys, keys_media, keys_retrieval, keys_signin, setting

KEYS = (keys, keys_media, keys_retrieval, keys_signin)


class Lightwell(Flask):
    """Flask with the contract's routing: exact paths, and a frontend that owns what no route matched."""

    json_provider_class = JSON

    def raise_routing_exception(self, request: Request) -> Any:
        """No redirects to another spelling: only an exact path is a match (http.md section 1)."""
        if isinstance(request.routing_exception, (RequestRedirect, MethodNotAllowed)):
            raise NotFound
        return super().raise_routing_exception(request)  # type: ignore[arg-type]


def create_app(settings: config.Settings | None = None) -> Flask:
    """The WSGI application.

    Raises `ConfigError` for an environment that cannot be meant and `SchemaRefused` for a database
    that this version cannot serve.
    """
    settings = settings or config.load()
    environment.use(settings)
    logs.configure(settings.log_level, settings.log_format)
    environment.warn_unsupported(setting.declared_variables())
    _open_database(settings)
    secret.load(settings)

    app = Lightwell("lightwell", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_size * 2**20
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = True
    compress.enable(settings.compression)
    lifecycle.register(app, settings.environ, identify, guard)
    cors.register(app, settings.cors_allow_origin)
    errors.register(app)
    for area in blueprints.areas():
        app.register_blueprint(area)
    spa.register(app, settings)

    sockets = server.create(settings)
    for listen in blueprints.listeners():
        listen(sockets)
    app.wsgi_app = socketio.WSGIApp(sockets, app.wsgi_app, socketio_path=server.PATH)  # type: ignore[method-assign]
    return app


def _open_database(settings: config.Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database.bind(settings.database, settings.database_options)
    schema.prepare()
    setting.seed_missing()
    database.release()


def __getattr__(name: str) -> Any:
    # `gunicorn app:app` asks for the name; building on import would also build for every tool
    if name == "app":
        globals()["app"] = create_app()
        return globals()["app"]
    raise AttributeError(name)


if __name__ == "__main__":
    os.execvp("gunicorn", ["gunicorn", "app:app"])
