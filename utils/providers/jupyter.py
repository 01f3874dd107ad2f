"""Python that runs on a Jupyter server: its HTTP interface for kernels, its websocket for what they say.

Jupyter's public protocol: `POST /api/kernels`, the messages of `/api/kernels/<id>/channels`, `DELETE`.
A kernel lives for one piece of code.
"""

import contextlib
import http.cookies
import json
import logging
import ssl
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

import requests

from utils.providers import client
from utils.providers.errors import ProviderError
from utils.settings import keys
from utils.settings.setting import read

if TYPE_CHECKING:
    from simple_websocket import Client

log = logging.getLogger("lightwell.providers")

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_SETUP_SECONDS = 20.0
_LONGEST = 2**20
_MOST_PICTURE_BYTES = 16 * 2**20
_LONGEST_MESSAGE = 32 * 2**20
_ANSWER_BYTES = 2**20


class Waiting(Protocol):
    """Somebody who may be told to wait no longer."""

    stopped: bool

    def on_stop(self, waker: Callable[[], None]) -> None: ...


class JupyterError(Exception):
    """The server does not do what is asked; the text says why."""


@dataclass(frozen=True)
class Server:
    """Where code runs. `auth` is "token", "password" or anything else for none; `seconds` bounds one run."""

    url: str
    auth: str = ""
    token: str = ""
    password: str = ""
    seconds: float = 60.0


def interpreter() -> Server:
    """Where the code of models runs, as configured."""
    return _server(
        keys.CODE_INTERPRETER_JUPYTER_URL,
        keys.CODE_INTERPRETER_JUPYTER_AUTH,
        keys.CODE_INTERPRETER_JUPYTER_AUTH_TOKEN,
        keys.CODE_INTERPRETER_JUPYTER_AUTH_PASSWORD,
        keys.CODE_INTERPRETER_JUPYTER_TIMEOUT,
    )


def execution() -> Server:
    """Where the code runs that people start in a message, as configured."""
    return _server(
        keys.CODE_EXECUTION_JUPYTER_URL,
        keys.CODE_EXECUTION_JUPYTER_AUTH,
        keys.CODE_EXECUTION_JUPYTER_AUTH_TOKEN,
        keys.CODE_EXECUTION_JUPYTER_AUTH_PASSWORD,
        keys.CODE_EXECUTION_JUPYTER_TIMEOUT,
    )


def _server(*settings: Any) -> Server:
    url, auth, token, password, seconds = read(*settings)
    limit = float(seconds) if isinstance(seconds, (int, float)) and seconds > 0 else 60.0
    return Server(str(url or ""), str(auth or ""), str(token or ""), str(password or ""), limit)


@dataclass
class Output:
    """What code said. Pictures are data URIs among the lines of `results`."""

    stdout: list[str] = field(default_factory=list)
    stderr: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    _sizes: dict[int, int] = field(default_factory=dict)
    _picture_bytes: int = 0

    def add(self, where: list[str], text: str) -> None:
        """Adds what still fits."""
        left = _LONGEST - self._sizes.get(id(where), 0)
        if left > 0:
            where.append(text[:left])
            self._sizes[id(where)] = self._sizes.get(id(where), 0) + len(text)

    def add_picture(self, kind: str, data: str) -> None:
        """Adds a picture whole, if it still fits."""
        if self._picture_bytes + len(data) <= _MOST_PICTURE_BYTES:
            self._picture_bytes += len(data)
            self.results.append(f"data:{kind};base64,{data}")

    def told(self) -> dict[str, str]:
        """`{stdout, stderr, result}`, each without white space around it."""
        return {
            "stdout": "".join(self.stdout).strip(),
            "stderr": "".join(self.stderr).strip(),
            "result": "\n".join(self.results).strip(),
        }


def execute(server: Server, code: str, waiting: Waiting | None = None) -> dict[str, str]:
    """Runs `code` in a kernel of its own: `{stdout, stderr, result}`. Whatever goes wrong stands in `stderr`.
    Ends early when `waiting` is stopped."""
    output = Output()
    try:
        with _kernel(server) as (kernel_id, sent):
            _run(server, kernel_id, sent, code, output, waiting)
    except JupyterError as error:
        output.stderr.append(f"\n{error}" if output.stderr else str(error))
    return output.told()


# -- over HTTP


@contextlib.contextmanager
def _kernel(server: Server) -> Iterator[tuple[str, dict[str, str]]]:
    """A fresh kernel's id, and the headers that open its doors."""
    base = server.url.rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise JupyterError("Error: no Jupyter server is configured.")
    sent = _signed_in(base, server.password) if server.auth == "password" else {}
    if server.auth == "token" and server.token.isascii() and server.token.isprintable():
        sent["Authorization"] = f"token {server.token}"
    with _asked("POST", f"{base}/api/kernels", {**sent, "Content-Type": "application/json"}, b"{}") as response:
        try:
            known = client.read_json(response, seconds=_SETUP_SECONDS)
        except ProviderError:
            known = None
    kernel_id = known.get("id") if isinstance(known, dict) else None
    if not isinstance(kernel_id, str) or not kernel_id.replace("-", "").isalnum():
        raise JupyterError("Error: this is no Jupyter server.")
    try:
        yield kernel_id, sent
    finally:
        try:
            _asked("DELETE", f"{base}/api/kernels/{kernel_id}", sent).close()
        except JupyterError as error:
            log.warning("a Jupyter kernel was left behind: %s", error)


def _signed_in(base: str, password: str) -> dict[str, str]:
    """The headers of a session that a password opens."""
    with _asked("GET", f"{base}/login", {}) as response:
        cookies = _cookies(response)
    xsrf = cookies.get("_xsrf", "")
    sent = {"Cookie": _as_header(cookies), "Content-Type": "application/x-www-form-urlencoded"}
    form = urlencode({"_xsrf": xsrf, "password": password}).encode()
    with _asked("POST", f"{base}/login", sent, form) as response:
        cookies |= _cookies(response)
    return {"Cookie": _as_header(cookies), "X-XSRFToken": xsrf}


def _cookies(response: requests.Response) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in response.raw.headers.getlist("Set-Cookie"):
        jar: http.cookies.SimpleCookie = http.cookies.SimpleCookie()
        with contextlib.suppress(http.cookies.CookieError):
            jar.load(line)
        found |= {name: one.coded_value for name, one in jar.items()}
    return found


def _as_header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def _asked(method: str, url: str, sent: dict[str, str], data: bytes | None = None) -> requests.Response:
    try:
        response = client.send(method, url, sent, data, seconds=_SETUP_SECONDS)
    except ProviderError as error:
        raise JupyterError("Error: the Jupyter server cannot be reached.") from error
    if response.status_code in (401, 403):
        response.close()
        raise JupyterError(f"Error: the Jupyter server refuses the credentials ({response.status_code}).")
    if response.status_code >= 400:
        response.close()
        raise JupyterError(f"Error: the Jupyter server answered with status {response.status_code}.")
    return response


# -- over the websocket


def _run(
    server: Server, kernel_id: str, sent: dict[str, str], code: str, output: Output, waiting: Waiting | None
) -> None:
    """Sends the code and takes in what the kernel says until it is idle again."""
    address = f"ws{server.url.rstrip('/').removeprefix('http')}/api/kernels/{kernel_id}/channels"
    socket = _connected(address, sent)
    try:
        if waiting is not None:
            waiting.on_stop(socket.close)
        number = uuid.uuid4().hex
        socket.send(_request(number, code))
        deadline = time.monotonic() + server.seconds
        while not (waiting is not None and waiting.stopped):
            left = deadline - time.monotonic()
            said = socket.receive(timeout=left) if left > 0 else None
            if said is None:
                raise JupyterError("The code took too long and was ended.")
            if _taken_in(said, number, output):
                return
    except _failures() as error:
        raise JupyterError("Error: the Jupyter server closed the connection.") from error
    finally:
        with contextlib.suppress(*_failures()):
            socket.close()


def _connected(address: str, sent: dict[str, str]) -> "Client":
    from utils.providers.websocket import Channel  # noqa: PLC0415 - most servers have no Jupyter

    headers = {name: value for name, value in sent.items() if name in ("Authorization", "Cookie")}
    try:
        return Channel(address, headers=headers, max_message_size=_LONGEST_MESSAGE, ssl_context=_tls(address))
    except _failures() as error:
        raise JupyterError("Error: the Jupyter server does not open a channel to its kernel.") from error


def _tls(address: str) -> ssl.SSLContext | None:
    if not address.startswith("wss:"):
        return None
    checked = client.tls()
    context = ssl.create_default_context(cafile=checked if isinstance(checked, str) else None)
    if checked is False:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _failures() -> tuple[type[Exception], ...]:
    import simple_websocket  # noqa: PLC0415 - as above

    return simple_websocket.ConnectionClosed, simple_websocket.ConnectionError, OSError


def _request(number: str, code: str) -> str:
    head = {"msg_id": number, "msg_type": "execute_request", "username": "", "session": uuid.uuid4().hex}
    content = {
        "code": code,
        "silent": False,
        "store_history": True,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": True,
    }
    return json.dumps(
        {
            "header": {**head, "version": "5.3"},
            "parent_header": {},
            "metadata": {},
            "content": content,
            "channel": "shell",
        }
    )


def _taken_in(said: str | bytes, number: str, output: Output) -> bool:
    """Notes what a message says about our code; whether the kernel is done with it."""
    try:
        message = json.loads(said)
        ours = message["parent_header"].get("msg_id") == number
        kind, content = message["msg_type"], message["content"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    if not ours or not isinstance(content, dict):
        return False
    if kind == "status":
        return content.get("execution_state") == "idle"
    if kind == "stream":
        output.add(output.stderr if content.get("name") == "stderr" else output.stdout, str(content.get("text") or ""))
    elif kind in ("execute_result", "display_data"):
        _show(content.get("data"), output)
    elif kind == "error":
        trace = content.get("traceback")
        output.add(output.stderr, "\n".join(map(str, trace)) if isinstance(trace, list) else str(content.get("evalue")))
    return False


def _show(data: Any, output: Output) -> None:
    """A value: as a picture where it is one, else as text."""
    if not isinstance(data, dict):
        return
    for kind in _PICTURES:
        if isinstance(data.get(kind), str):
            output.add_picture(kind, "".join(data[kind].split()))
            return
    if isinstance(data.get("text/plain"), str):
        output.add(output.results, data["text/plain"])
