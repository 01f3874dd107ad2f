"""`flask doctor`: on one screen what a maintainer would ask for, with secrets masked."""

import os
import pathlib
import platform
import re
import shutil
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import requests
from peewee import DatabaseError, InterfaceError

import config
from models import database, faults, json_codec, schema
from models.base import database as handle
from models.configs import Config
from utils.cluster import members, redis
from utils.http import logs
from utils.providers import connections
from utils.settings import environment, keys, keys_media, keys_retrieval, keys_signin, setting
from utils.storage import local, s3

DECLARED = (keys, keys_media, keys_retrieval, keys_signin)
_LIBRARIES = ("flask", "gunicorn", "gevent", "peewee", "python-socketio", "redis", "psycopg2-binary")
_SECRET = re.compile(r"KEY|SECRET|PASSWORD|TOKEN|CREDENTIALS", re.IGNORECASE)
_PROBE_SECONDS = 5

# heading or topic, text, whether it is as it should be (None: neither good nor bad)
Line = tuple[str, str, bool | None]


def examine() -> Iterator[Line]:
    """The lines, as they are found out."""
    yield from _software()
    yield from _machine()
    yield from _storage()
    if (yield from _database()):
        yield from _providers()
        yield from _settings()
    else:
        yield from _variables({})
    yield from _redis()


def masked(name: str, value: Any) -> str:
    """A value for the screen: secrets by their length only, the rest without passwords in addresses."""
    text = value if isinstance(value, str) else json_codec.dumps(value)
    if _SECRET.search(name) and text not in ("", '""', "null", "[]", "{}", "true", "false") and not text.isdigit():
        return f"(secret, {len(text)} characters)"
    text = logs.masked(text)
    return text if len(text) <= 60 else text[:57] + "…"


def _software() -> Iterator[Line]:
    yield "lightwell", f"{config.OWN_VERSION}, answers as Open WebUI {config.VERSION}", None
    yield "python", f"{platform.python_version()} on {platform.platform()}", None
    yield "libraries", ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES), None


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"


def _machine() -> Iterator[Line]:
    settings = environment.current()
    folder = settings.data_dir
    where = folder if folder.exists() else pathlib.Path()
    free = shutil.disk_usage(where).free / 2**20
    writable = os.access(where, os.W_OK)
    note = "" if writable else ", NOT writable"
    yield "data folder", f"{folder.resolve()}, {free:,.0f} MB free{note}", writable and free > 200
    has_pages = (settings.frontend / "index.html").exists()
    yield "frontend", str(settings.frontend) if has_pages else "not there: run `flask frontend`", has_pages
    yield "memory", _memory(), None
    yield "processors", f"{len(os.sched_getaffinity(0))}, WEB_CONCURRENCY={settings.web_concurrency}", None
    if settings.secret_key:
        yield "secret key", "from WEBUI_SECRET_KEY", True
    else:
        yield "secret key", "generated, in the data folder; set WEBUI_SECRET_KEY where that is emptied", None


def _memory() -> str:
    meminfo = pathlib.Path("/proc/meminfo")
    if not meminfo.exists():
        return "unknown"
    figures = {line.split(":")[0]: int(line.split()[1]) // 1024 for line in meminfo.read_text().splitlines()}
    text = f"{figures['MemAvailable']:,} of {figures['MemTotal']:,} MB available"
    limit = pathlib.Path("/sys/fs/cgroup/memory.max")
    bound = limit.read_text().strip() if limit.exists() else "max"
    return text if bound == "max" else f"{text}, this container may use {int(bound) // 2**20:,} MB"


def _storage() -> Iterator[Line]:
    """Where files lie, and whether one can be stored there."""
    settings = environment.current()
    if settings.storage_provider != "s3":
        yield "files", str(local.folder()), None
        return
    place = "/".join(filter(None, (settings.s3_bucket_name or "(no bucket)", settings.s3_key_prefix.strip("/"))))
    copies = "with" if settings.storage_local_cache else "without"
    at = logs.masked(settings.s3_endpoint_url) or f"Amazon's {settings.s3_region_name or 'default region'}"
    yield "files", f"s3://{place} at {at}, {copies} copies in the data folder", None
    try:
        s3.check()
    except config.ConfigError as error:
        yield "", str(error), False
        return
    fault = s3.fault()
    yield "", logs.masked(fault) if fault else "takes and deletes an object", fault is None


def _database() -> Any:
    settings = environment.current()
    shown = logs.masked(settings.database)
    try:
        database.bind(settings.database, settings.database_options)
        begun = time.perf_counter()
        handle.execute_sql("SELECT 1").fetchone()
        took = (time.perf_counter() - begun) * 1000
        state = schema.status()
        hindrance = schema.hindrance(state.kind)
    except (DatabaseError, InterfaceError, ValueError) as error:
        yield "database", shown, False
        yield "", faults.explain(error), False
        return False
    yield "database", f"{shown} (first answer after {took:.1f} ms)", True
    yield (
        "",
        f"{state.kind}, revision {state.revision or '-'}, wanted {schema.HEAD}",
        state.kind in ("current", "empty"),
    )
    if hindrance:
        yield "", hindrance, False
    return state.kind == "current"


def _redis() -> Iterator[Line]:
    try:
        addresses = [one for one in dict.fromkeys((redis.application(), redis.sockets())) if one]
    except config.ConfigError as error:
        yield "redis", str(error), False
        return
    if not addresses:
        yield "redis", "not configured: one process serves all", environment.current().web_concurrency == 1
        return
    for one in addresses:
        by = f", by Sentinels {', '.join(one.sentinels)}" if one.sentinels else ""
        yield "redis", logs.masked(one.url) + by, None
    try:
        redis.check()
    except redis.RedisUnfit as unfit:
        yield "", logs.masked(str(unfit)), False
        return
    fault = redis.fault()
    yield "", logs.masked(fault) if fault else "answers, and has what is needed", fault is None
    if fault is None:
        yield "processes", ", ".join(members.everybody()) or "none of ours", None
        for misfit in members.misfits(environment.current().secret_key):
            yield "", misfit, False


def _providers() -> Iterator[Line]:
    found = connections.load()
    for kind, on, those in (("openai", found.openai_on, found.openai), ("ollama", found.ollama_on, found.ollama)):
        if not on:
            yield kind, "switched off", None
        for one in those if on else ():
            yield kind, *_reached(one, "/models" if kind == "openai" else "/api/tags")


def _reached(one: connections.Connection, path: str) -> tuple[str, bool]:
    headers = {"Authorization": f"Bearer {one.key}"} if one.key else {}
    begun = time.perf_counter()
    try:
        answer = requests.get(one.url + path, headers=headers, timeout=_PROBE_SECONDS)
    except requests.RequestException as error:
        return f"{logs.masked(one.url)}: {type(error).__name__}", False
    took = (time.perf_counter() - begun) * 1000
    return f"{logs.masked(one.url)}: status {answer.status_code} after {took:.0f} ms", answer.ok


def _settings() -> Iterator[Line]:
    yield from _variables({row.key: row.value for row in Config.select(Config.key, Config.value)})


def _variables(stored: dict[str, Any]) -> Iterator[Line]:
    """Where each setting that the environment names comes from, and what the environment cannot decide."""
    settings = environment.current()
    given = {name: value for name, value in settings.environ.items() if value != ""}
    seeded = {name: one for one in setting.REGISTRY.values() for name in one.variables}
    for name in sorted(given.keys() & (config.variable_names() | set(seeded))):
        one = seeded.get(name)
        shown = masked(name, given[name])
        if one is None:
            yield "setting", f"{name} = {shown}, from the environment", None
        elif one.persistent and one.key in stored and stored[one.key] != one.initial():
            held = masked(one.key.upper(), stored[one.key])
            yield "setting", f"{one.key} = {held}, stored; {name} = {shown} has no effect any more", None
        else:
            yield "setting", f"{one.key} = {shown}, as {name} says", None
    if ignored := environment.warn_unsupported(set(seeded)):
        yield "ignored", f"not supported yet: {', '.join(ignored)}", None
