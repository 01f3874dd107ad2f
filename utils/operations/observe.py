"""Switching the metrics on, telling the other processes of ours, and answering who asks."""

import hmac
import logging
import threading
from typing import Any

from config import Settings
from models import database, json_codec
from models.base import database as handle
from utils.chat import live
from utils.cluster import clock, members, redis
from utils.http import metrics
from utils.jobs import drain, queue, spawn
from utils.realtime import sessions

log = logging.getLogger("lightwell.metrics")

_TOLD_EVERY = 10.0
_STALE_AFTER = 60
_leaving = threading.Event()


def begin(settings: Settings) -> None:
    """Counts from now on, if `METRICS_TOKEN` or `METRICS_PORT` is set."""
    if not (settings.metrics_token or settings.metrics_port) or metrics.enabled():
        return
    metrics.enable()
    database.observe(metrics.query)
    metrics.gauge("sockets", "Open sockets of signed-in people.", lambda: len(sessions.local()))
    metrics.gauge("streams", "Replies that are growing.", live.count)
    metrics.gauge("background_work", "Work that goes on beside requests.", lambda: len(spawn.running()))
    metrics.gauge("database_connections", "Connections in use.", lambda: len(getattr(handle.obj, "_in_use", ())))
    metrics.gauge("jobs_waiting", "Queued jobs, of all processes.", queue.depths, common=True)
    if redis.client() is not None:
        threading.Thread(target=_tell, name="metrics", daemon=True).start()
        drain.on_drain(_leave, last=True)
    if settings.metrics_port:
        _serve(settings.host, settings.metrics_port, settings.metrics_token)


def allowed(header: str | None, token: str) -> bool:
    """Whether an Authorization header carries the token."""
    return hmac.compare_digest((header or "").encode(), f"Bearer {token}".encode())


def page() -> bytes:
    """The figures of all processes."""
    everybody = {**_others(), members.own_name(): metrics.families(members.own_name())}
    return metrics.exposition([*everybody.values(), metrics.common()])


def _key() -> str:
    return redis.key("lightwell", "metrics")


def _tell() -> None:
    while not _leaving.is_set():
        _tell_once()
        _leaving.wait(_TOLD_EVERY)


def _tell_once() -> None:
    name = members.own_name()
    text = json_codec.dumps({"at": clock.now(), "families": metrics.families(name)})
    redis.ask(lambda client: client.hset(_key(), name, text), None)


def _leave() -> None:
    """A process that ends has no sockets and streams any more; one that was killed is found stale."""
    _leaving.set()
    redis.ask(lambda client: client.hdel(_key(), members.own_name()), None)


def _others() -> dict[str, list[metrics.Family]]:
    told = {name: json_codec.loads(text) for name, text in redis.ask(lambda c: c.hgetall(_key()), {}).items()}
    if stale := [name for name, one in told.items() if clock.now() - one["at"] > _STALE_AFTER]:
        redis.ask(lambda client: client.hdel(_key(), *stale), None)
    return {name: one["families"] for name, one in told.items() if name not in stale}


def _serve(host: str, port: int, token: str) -> None:
    """A port for the metrics alone; of several workers of a host one has it and tells of all."""
    from socketserver import ThreadingMixIn  # noqa: PLC0415 - only for METRICS_PORT
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server  # noqa: PLC0415 - as above

    def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if token and not allowed(environ.get("HTTP_AUTHORIZATION"), token):
            start_response("401 Unauthorized", [("Content-Type", "text/plain"), ("WWW-Authenticate", "Bearer")])
            return [b"METRICS_TOKEN is wanted.\n"]
        start_response("200 OK", [("Content-Type", metrics.CONTENT_TYPE)])
        return [page()]

    class Quiet(WSGIRequestHandler):
        """Without a line of log a scrape, and without patience for who asks nothing."""

        timeout = 10

        def log_message(self, *_: Any) -> None:
            pass

    class Several(ThreadingMixIn, WSGIServer):
        """One that asks slowly keeps nobody else waiting."""

        daemon_threads = True

    try:
        server = make_server(host, port, answer, server_class=Several, handler_class=Quiet)
    except OSError as error:
        log.warning("METRICS_PORT=%s is taken, probably by another worker: %s", port, error)
        return
    threading.Thread(target=server.serve_forever, name="metrics-port", daemon=True).start()
