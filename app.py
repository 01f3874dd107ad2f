"""The application: `create_app()` wires configuration, database, hooks, areas and sockets together.

Nothing happens at import; `gunicorn app:app` and `flask run` build the app through this module.
"""

from typing import Any

from flask import Flask, Request
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import RequestRedirect, Rule

import blueprints
import config
from blueprints import analytics, metrics
from models import chat_index, chat_lists, database, schema
from utils.access import rates
from utils.access.roles import guard
from utils.auth import doors, secret
from utils.auth.identity import identify
from utils.chat import incoming, recovery
from utils.cluster import clock, redis
from utils.http import audit, compress, cors, errors, frontend, lifecycle, logs, spa
from utils.http.json import JSON
from utils.jobs import drain, queue
from utils.operations import commands, observe, start, telemetry
from utils.realtime import keeper, server
from utils.settings import environment, keys, keys_media, keys_retrieval, keys_signin, setting
from utils.storage import arriving, s3

KEYS = (keys, keys_media, keys_retrieval, keys_signin)


class ExactRule(Rule):
    """A route that answers the methods it names: HEAD of an API path is the frontend's (http.md 1)."""

    def __init__(self, string: str, **options: Any) -> None:
        named = {method.upper() for method in options.get("methods") or ()}
        super().__init__(string, **options)
        if self.methods is not None and "HEAD" not in named:
            self.methods.discard("HEAD")

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        # addresses are never built from routes here; compiling two builders for each cost 0.1 s of a start
        return _never_built


def _never_built(*_: Any) -> None:
    raise RuntimeError("addresses are not built from routes")


class Lightwell(Flask):
    """Flask with the contract's routing: exact paths, and a frontend that owns what no route matched."""

    json_provider_class = JSON
    url_rule_class = ExactRule  # type: ignore[assignment]

    def ensure_sync(self, func: Any) -> Any:
        """Itself: no view and no hook is a coroutine, and to ask for each took a tenth of a short request."""
        return func

    def raise_routing_exception(self, request: Request) -> Any:
        """No redirects to another spelling: only an exact path is a match (http.md section 1)."""
        if isinstance(request.routing_exception, (RequestRedirect, MethodNotAllowed)):
            raise NotFound
        return super().raise_routing_exception(request)  # type: ignore[arg-type]


def create_app(settings: config.Settings | None = None) -> Flask:
    """The WSGI application. A start that cannot succeed ends the process with a message that says why."""
    if settings is None and commands.wanted():
        return commands.bare()
    with start.explained():
        return _build(settings or config.load())


def _build(settings: config.Settings) -> Flask:
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
    rates.register(app, settings)
    lifecycle.register(app, settings.environ, identify, guard)
    rates.register_account(app, settings)
    audit.register(app, settings)
    cors.register(app, settings.cors_allow_origin)
    errors.register(app)
    for area in blueprints.areas():
        app.register_blueprint(area)
    if settings.admin_analytics:
        app.register_blueprint(analytics.area)
    observe.begin(settings)
    telemetry.begin(app, settings)
    if settings.metrics_token:
        app.register_blueprint(metrics.area)
    spa.register(app, settings)
    app.cli.command("frontend", help="Fetch the built frontend of the pinned release.")(frontend.command)
    commands.register(app)

    sockets = server.create(settings)
    keeper.start()
    drain.on_drain(keeper.stop, last=True)
    queue.start()
    for listen in blueprints.listeners():
        listen(sockets)
    recovery.recover()
    arriving.sweep()
    recovery.watch()
    incoming.watch()
    app.wsgi_app = server.beside(sockets, app.wsgi_app)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        # the caller's address is the one that the outermost proxy we trust has seen
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0)  # type: ignore[method-assign]
    return app


def _open_database(settings: config.Settings) -> None:
    start.writable_folder("DATA_DIR", settings.data_dir)
    redis.check()
    clock.agree()
    s3.check()
    try:
        database.bind(settings.database, settings.database_options)
    except ValueError as error:
        raise config.ConfigError(str(error)) from error
    start.patiently(schema.prepare)
    start.patiently(chat_lists.prepare)
    start.patiently(lambda: chat_index.prepare(settings.search_index))
    setting.seed_missing()
    doors.open_configured_admin()
    database.release()


def __getattr__(name: str) -> Any:
    # `gunicorn app:app` asks for the name; building on import would also build for every tool
    if name == "app":
        try:
            globals()["app"] = create_app()
        except AttributeError as error:
            # it would read as "this module has no app"
            raise RuntimeError(f"the application cannot be built: {error}") from error
        return globals()["app"]
    raise AttributeError(name)
