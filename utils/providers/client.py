"""The one way out to providers: a pool of connections for many streams at once, timeouts, TLS.

Redirects are not followed unless AIOHTTP_CLIENT_ALLOW_REDIRECTS says so; proxies of the environment
are honoured; cookies of one answer are never sent with another.
"""

import functools
import socket
import time
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from requests.utils import get_environ_proxies

from models import database, json_codec, json_pieces
from models.large import LARGE, aside, breathe
from utils.http import logs, metrics
from utils.providers import errors
from utils.providers.connections import Connection
from utils.providers.context import Context
from utils.providers.headers import headers as headers_for
from utils.settings import environment

CONNECT_SECONDS = 20
"""How long a connection may take to come about."""
LARGEST_ANSWER = 256 * 2**20
"""Bytes of an answer that is read whole."""

BREAKS = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)
"""What reading from a running answer raises when the line drops."""

_PIECE = 65536
_NO_COOKIES = RequestsCookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
_DEFAULTS = {"User-Agent": "lightwell", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}


class _Adapter(HTTPAdapter):
    """Many connections a host, watched by the kernel: one that died silently ends its stream."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        options = [
            (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
            (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        ]
        if hasattr(socket, "TCP_KEEPIDLE"):
            options += [
                (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60),
                (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 15),
                (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4),
            ]
        super().init_poolmanager(*args, socket_options=options, **kwargs)


@functools.cache
def session() -> requests.Session:
    """The process's pool."""
    made = requests.Session()
    # neither ~/.netrc nor the proxies of every call anew
    made.trust_env = False
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _Adapter(pool_connections=64, pool_maxsize=1024)
    made.mount("http://", adapter)
    made.mount("https://", adapter)
    return made


@functools.lru_cache(maxsize=256)
def _proxies(origin: str) -> dict[str, str]:
    return get_environ_proxies(origin)


def tls() -> bool | str:
    """Whether certificates are checked, or against which bundle."""
    value = environment.current().provider_tls
    return {"true": True, "1": True, "false": False, "0": False}.get(value.lower(), value)


def send(
    method: str,
    url: str,
    headers: dict[str, str],
    data: Any = None,
    *,
    seconds: float | None = None,
    streamed: bool = False,
) -> requests.Response:
    """Sends a request and returns the answer, its body unread, whatever its status.

    `data`: bytes, or an iterator of bytes. `seconds` bounds each wait for bytes (None: the configured
    limits, which are none by default). `streamed`: the answer is wanted piece by piece. The database
    connection is given back first. Raises `ProviderError` where nothing answers.
    """
    settings = environment.current()
    if seconds is None:
        seconds = settings.stream_idle_timeout if streamed else settings.provider_timeout
    if streamed:
        headers = {"Accept-Encoding": "identity", **headers}
    if (request_id := logs.request_id()) != "-":
        headers = {"X-Request-ID": request_id, **headers}
    database.release()
    begun = time.perf_counter()
    try:
        prepared = requests.PreparedRequest()
        prepared.prepare(method, url, headers={**_DEFAULTS, **headers}, data=data, cookies=_NO_COOKIES)
        answer = session().send(
            prepared,
            stream=True,
            timeout=(min(CONNECT_SECONDS, seconds or CONNECT_SECONDS), seconds),
            verify=tls(),
            proxies=_proxies(url.split("?", 1)[0]),
            allow_redirects=settings.provider_redirects,
        )
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        metrics.provider("unreachable", time.perf_counter() - begun)
        errors.log.warning("no answer from a provider: %s", type(error).__name__)
        raise errors.unreachable() from error
    metrics.provider(str(answer.status_code), time.perf_counter() - begun)
    return answer


def call(
    connection: Connection,
    method: str,
    path: str,
    context: Context,
    body: Any = None,
    *,
    model_id: str = "",
    extra: dict[str, str] | None = None,
    seconds: float | None = None,
    streamed: bool = False,
) -> requests.Response:
    """Calls `path` under the connection's address with its credentials and headers.

    `body` goes out as JSON (bytes as they are). `extra` headers come on top. Raises `ProviderError`
    for no answer and for an answer of status >= 400.
    """
    data = body if body is None or isinstance(body, bytes) else _encoded(body)
    sent = {**headers_for(connection, context, model_id), **(extra or {})}
    response = send(method, connection.url + path, sent, data, seconds=seconds, streamed=streamed)
    if response.status_code >= 400:
        raise errors.failure(response, as_detail=connection.kind == "ollama")
    if response.status_code >= 300:
        # where it wants to lead is nothing for our client to follow
        response.close()
        raise errors.broken(502)
    return response


class _Pieces:
    """A large body, encoded piece by piece as it is sent; its length is known beforehand."""

    def __init__(self, body: Any) -> None:
        self._body = body
        self._size = sum(map(len, json_pieces.Parts(body)))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        for piece in json_pieces.Parts(self._body):
            yield piece
            breathe(LARGE)


def _encoded(body: Any) -> bytes | _Pieces:
    if json_pieces.is_worth_it(body):
        return aside(_Pieces, body)
    return json_codec.dumps_bytes(body)


def upload(connection: Connection, path: str, context: Context, file: Any) -> requests.Response:
    """Sends an open file, piece by piece. Raises `ProviderError`."""
    sent = {**headers_for(connection, context), "Content-Type": "application/octet-stream"}
    response = send("POST", connection.url + path, sent, file)
    if response.status_code >= 400:
        raise errors.failure(response, as_detail=connection.kind == "ollama")
    return response


def read_all(response: requests.Response, limit: int = LARGEST_ANSWER, seconds: float | None = None) -> bytes:
    """The whole body; closes the answer. Raises `ProviderError` when it breaks off, is longer than
    `limit` bytes, or takes more than `seconds`."""
    parts, size = [], 0
    end = None if seconds is None else time.monotonic() + seconds
    try:
        while piece := response.raw.read1(_PIECE, decode_content=True):
            parts.append(piece)
            size += len(piece)
            if size > limit or (end is not None and time.monotonic() > end):
                raise errors.broken(502)
    except BREAKS as error:
        raise errors.cut(error) from error
    finally:
        response.close()
    return b"".join(parts)


def read_json(response: requests.Response, seconds: float | None = None) -> Any:
    """The body as JSON; closes the answer. Raises `ProviderError` where it is none."""
    raw = read_all(response, seconds=seconds)
    try:
        return json_codec.loads(raw)
    except (ValueError, RecursionError):
        raise errors.broken() from None
