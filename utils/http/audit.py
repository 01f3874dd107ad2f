"""The audit log: who did what, one JSON object a line, without anything secret (env.tsv, AUDIT_*).

Levels as on the real server: METADATA says who, what and with which result; REQUEST adds what was sent;
REQUEST_RESPONSE what was answered. Signing in and out is recorded for visitors too.
"""

import contextlib
import fcntl
import logging
import re
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, request

from config import ConfigError, Settings
from models import json_codec

log = logging.getLogger("lightwell.audit")

_ALWAYS = ("/api/v1/auths/signin", "/api/v1/auths/signup", "/api/v1/auths/signout", "/api/v1/auths/mfa/")
_SECRET = re.compile(
    r"(?i)(passw|secret|token|credential|authorization|cookie|api_?auth|recovery|manual_key|qr_code|(^|_|api)keys?$|^code$)"
)
_HIDDEN = "***"
_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMG]?B)?", re.IGNORECASE)


def register(app: Flask, settings: Settings) -> None:
    """Installs the hook, unless the level is NONE. Raises `ConfigError` for a size that is none."""
    if settings.audit_level == "none":
        return
    sinks = [_File(_path(settings), _bytes(settings.audit_rotation))] if settings.audit_file else []
    applies = _selector(settings)

    def record(response: Response) -> Response:
        if applies():
            line = json_codec.dumps_bytes(_entry(settings, response)) + b"\n"
            for sink in sinks:
                sink.write(line)
            if settings.audit_stdout:
                sys.stdout.write(line.decode())
        return response

    app.after_request(record)


def _path(settings: Settings) -> Path:
    return Path(settings.audit_path) if settings.audit_path else settings.data_dir / "audit.log"


def _bytes(size: str) -> int:
    match = _SIZE.fullmatch(size.strip())
    if match is None:
        raise ConfigError(f"AUDIT_LOG_FILE_ROTATION_SIZE={size!r}: use a size like 10MB")
    return int(float(match[1]) * _UNITS[(match[2] or "").upper()])


def _selector(settings: Settings) -> Any:
    """Whether the request at hand is recorded."""
    methods = {"POST", "PUT", "PATCH", "DELETE"} | ({"GET"} if settings.audit_gets else set())
    only, never = _below(settings.audit_included), _below(settings.audit_excluded)

    def applies() -> bool:
        if request.method not in methods or not request.path.startswith(("/api/", "/ollama/", "/openai/")):
            return False
        if request.path.startswith(_ALWAYS):
            return True
        if g.get("user") is None:
            return False
        return bool(only.match(request.path)) if settings.audit_included else not never.match(request.path)

    return applies


def _below(paths: tuple[str, ...]) -> re.Pattern[str]:
    names = "|".join(re.escape(path.strip("/")) for path in paths if path.strip("/"))
    return re.compile(rf"/(?:api/)?(?:v1/)?(?:{names})(?:/|$)" if names else r"(?!)")


def _entry(settings: Settings, response: Response) -> dict[str, Any]:
    user = g.get("user")
    entry: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "timestamp": int(time.time()),
        "user": {name: getattr(user, name) for name in ("id", "name", "email", "role")} if user else {},
        "audit_level": settings.audit_level.upper(),
        "verb": request.method,
        "request_uri": request.base_url,
        "response_status_code": response.status_code,
        "source_ip": request.remote_addr,
        "user_agent": request.headers.get("User-Agent"),
        "request_object": None,
        "response_object": None,
        "extra": {"request_id": g.get("request_id")},
    }
    if settings.audit_level != "metadata":
        entry["request_object"] = _shown(g.get("body"), settings.audit_body_size)
    if settings.audit_level == "request_response" and response.is_json and not response.is_streamed:
        entry["response_object"] = _shown(json_codec.loads(response.get_data()), settings.audit_body_size)
    return entry


def _shown(value: Any, most: int) -> str | None:
    """A JSON value as text of at most so many characters, secrets hidden; nothing for anything else:
    what cannot be read cannot be known to hold no secret."""
    if not isinstance(value, (dict, list)):
        return None
    return json_codec.dumps(hidden(value))[:most]


def hidden(value: Any) -> Any:
    """A copy of `value` without what the names of its fields say is secret."""
    if isinstance(value, dict):
        return {
            name: _HIDDEN if item and isinstance(name, str) and _SECRET.search(name) else hidden(item)
            for name, item in value.items()
        }
    return [hidden(item) for item in value] if isinstance(value, list) else value


class _File:
    """A file that several processes append to, and that is put aside when it has grown."""

    def __init__(self, path: Path, largest: int) -> None:
        self._path, self._largest, self._fails = path, largest, False
        path.parent.mkdir(parents=True, exist_ok=True)

    def write(self, line: bytes) -> None:
        """Appends a line; a full disk costs the record, not the request, and is said once."""
        try:
            with self._locked():
                if self._path.exists() and self._path.stat().st_size + len(line) > self._largest:
                    self._path.rename(self._path.with_name(f"{self._path.name}.{time.time_ns()}"))
                with self._path.open("ab") as file:
                    file.write(line)
        except OSError as error:
            if not self._fails:
                log.error("the audit log cannot be written, what happens until it can be is missing there: %s", error)
            self._fails = True
            return
        if self._fails:
            log.warning("the audit log is written again")
        self._fails = False

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with self._path.with_name(self._path.name + ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
