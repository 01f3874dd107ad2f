"""What an open reply takes: `python tests/bench/memory.py` (about a minute, needs nothing else).

Two hundred replies that grow by two words a second, passed through to API clients and in new chats in the background,
each kind on a fresh server after one reply has warmed it up. Memory is what the service's processes have to themselves
(private, in kB a reply); what the kernel keeps for sockets is not in it.
"""

import contextlib
import json
import pathlib
import socket
import sys
import tempfile
import threading
import time
import uuid
from urllib.parse import urlsplit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))

import websocket

from tests.bench import background, servers, streams

COUNT, WORDS, RATE = 200, 30, 2
_SETTLE = 4


def private(server):
    """kB of memory that the server's processes share with nobody."""
    total = 0
    for pid in server.pids:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Private_"):
                total += int(line.split()[1])
    return total


def passed_through(server, count):
    """Opens so many streams and waits for a word of each; returns what ends them."""
    host = urlsplit(server.url)
    asked = {"model": "gpt-test", "stream": True, "messages": [{"role": "user", "content": "talk"}]}
    data = json.dumps(asked).encode()
    head = f"POST /api/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: {server.session.headers['Authorization']}"
    head += f"\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
    open_ones = []
    for _ in range(count):
        connection = socket.create_connection((host.hostname, host.port), timeout=60)
        connection.sendall(head.encode() + data)
        open_ones.append(connection)
    for connection in open_ones:
        got = b""
        while b"word0" not in got:
            got += connection.recv(65536)
    return lambda: [connection.close() for connection in open_ones]


def in_background(server, count):
    """Begins so many chats over one page's socket and waits for a word of each; returns what waits for their end."""
    page = background.Page(server.url, server.session.headers["Authorization"].removeprefix("Bearer "))

    def listen():
        with contextlib.suppress(websocket.WebSocketException, OSError):
            page.listen(time.perf_counter)

    threading.Thread(target=listen, daemon=True).start()
    for _ in range(count):
        asked = background.body(str(uuid.uuid4()), str(uuid.uuid4()), page.sid, words=WORDS)
        server.session.post(server.url + "/api/chat/completions", json=asked, timeout=60).raise_for_status()
    _until(lambda: len(page.first) == count)
    return lambda: _until(lambda: len(page.done) == count)


def _until(reached):
    end = time.monotonic() + 60
    while not reached():
        if time.monotonic() > end:
            raise TimeoutError("the replies did not come")
        time.sleep(0.05)


def measure(what, opened):
    """Prints what a reply of this kind takes."""
    process, address = streams.provider(WORDS, RATE)
    environ = {"OPENAI_API_BASE_URLS": address + "/v1", "OPENAI_API_KEYS": "x", "ENABLE_OLLAMA_API": "false"}
    with tempfile.TemporaryDirectory() as folder:
        server, _ = servers.start(folder, **environ)
        try:
            server.enter()
            server.session.get(server.url + "/api/models", timeout=30).raise_for_status()
            opened(server, 1)()
            before = private(server)
            end = opened(server, COUNT)
            time.sleep(_SETTLE)
            gained = private(server) - before
            end()
            time.sleep(2)
            left = private(server) - before
        finally:
            servers.stop(server)
            process.terminate()
    sys.stdout.write(
        f"{COUNT} open replies, {what}: {gained / COUNT:.0f} kB each; {left / 1024:.0f} MB stay afterwards\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    measure("passed through", passed_through)
    measure("new chats, background", in_background)
