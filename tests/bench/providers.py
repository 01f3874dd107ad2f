"""What the provider half costs: `python tests/bench/providers.py` (about a minute, needs nothing else).

Starts a provider that only sends bytes, and gunicorn on a fresh SQLite database; prints CPU time of
the worker (ms) and times to the first token (ms). CPU is read from /proc, so the figures do not depend
on what else the machine does, only on how fast its cores are.
"""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402
import multiprocessing  # noqa: E402
import os  # noqa: E402
import pathlib  # noqa: E402
import re  # noqa: E402
import socket  # noqa: E402
import statistics  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402

import gevent  # noqa: E402
import requests  # noqa: E402
from gevent.server import StreamServer  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOKEN = b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":'
TOKEN += b'{"content":"word "},"finish_reason":null}]}\n\n'


def chunked(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def serve_provider(port, models):
    """The provider: `models` names; a chat streams max_tokens tokens, one each `seed` ms, or one answer."""
    listed = json.dumps({"object": "list", "data": [{"id": name, "object": "model"} for name in models]}).encode()

    def answer(connection, body):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        connection.sendall(head + body)

    def chat(connection, asked):
        if not asked.get("stream"):
            whole = {"id": "c", "choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}}]}
            return answer(connection, json.dumps(whole).encode())
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        pause = asked.get("seed", 0) / 1000
        for _ in range(asked.get("max_tokens", 1)):
            gevent.sleep(pause)
            connection.sendall(chunked(TOKEN))
        return connection.sendall(chunked(b"data: [DONE]\n\n") + b"0\r\n\r\n")

    def handle(connection, _):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        file = connection.makefile("rb")
        while line := file.readline():
            length = 0
            while (header := file.readline()) not in (b"\r\n", b""):
                if header.lower().startswith(b"content-length:"):
                    length = int(header.split(b":")[1])
            body = file.read(length)
            try:
                if b"/models" in line:
                    answer(connection, listed)
                elif b"/chat/completions" in line:
                    chat(connection, json.loads(body))
                else:
                    answer(connection, b'{"models":[]}')
            except OSError:
                return

    StreamServer(("127.0.0.1", port), handle, backlog=1024).serve_forever()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """gunicorn with its provider."""

    def __init__(self, models):
        self.folder = tempfile.TemporaryDirectory()
        self.provider_port, self.port = free_port(), free_port()
        spawn = multiprocessing.get_context("fork")
        self.provider = spawn.Process(target=serve_provider, args=(self.provider_port, models), daemon=True)
        self.provider.start()
        environ = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": self.folder.name,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "WEBUI_SECRET_KEY": "a-secret-for-the-bench-0123456789abcdef",
            "OPENAI_API_BASE_URLS": f"http://127.0.0.1:{self.provider_port}/v1",
            "OPENAI_API_KEYS": "x",
            "ENABLE_OLLAMA_API": "false",
            "GLOBAL_LOG_LEVEL": "error",
        }
        command = [sys.executable, "-m", "gunicorn"]
        self.master = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{self.port}"
        self.http = requests.Session()
        self._sign_up()

    def _sign_up(self):
        body = {"name": "b", "email": "b@example.com", "password": "bench-password-1"}
        for _ in range(200):
            try:
                answer = requests.post(self.url + "/api/v1/auths/signup", json=body, timeout=10)
                break
            except requests.ConnectionError:
                gevent.sleep(0.1)
        self.http.headers["Authorization"] = "Bearer " + answer.json()["token"]
        children = pathlib.Path(f"/proc/{self.master.pid}/task/{self.master.pid}/children").read_text().split()
        self.worker = int(children[0])

    def cpu(self):
        """CPU time of the worker so far, in ms."""
        tasks = pathlib.Path(f"/proc/{self.worker}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e6

    def memory(self):
        """Resident memory of the worker, in kB."""
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.worker}/status").read_text())[1])

    def stop(self):
        self.master.terminate()
        self.master.wait(40)
        self.provider.terminate()
        self.folder.cleanup()


def per_call(server, count, call):
    """CPU of one call, after a few to warm up: the best of five rounds."""
    for _ in range(5):
        call()
    rounds = []
    for _ in range(5):
        before = server.cpu()
        for _ in range(count // 5):
            call()
        rounds.append((server.cpu() - before) / (count // 5))
    return min(rounds)


def stream(server, tokens, pause, first):
    """One streamed chat over a raw socket; notes the time to its first token."""
    body = {"model": "m0", "stream": True, "max_tokens": tokens, "seed": pause, "messages": [{"role": "user"}]}
    data = json.dumps(body).encode()
    head = (
        f"POST /api/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: {server.http.headers['Authorization']}\r\n"
    )
    head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
    begun = time.perf_counter()
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=120)
    connection.sendall(head.encode() + data)
    got, found = 0, b""
    while piece := connection.recv(65536):
        if b"word" in piece and not got:
            first.append((time.perf_counter() - begun) * 1000)
        got += piece.count(b'"word ')
        found = piece
    connection.close()
    assert got == tokens, (got, tokens, found[-200:])


def together(server, streams, tokens, pause):
    """CPU, memory gained and times to the first token of `streams` at once."""
    first = []
    before, memory = server.cpu(), server.memory()
    jobs = [gevent.spawn(stream, server, tokens, pause, first) for _ in range(streams)]
    gevent.sleep(min(1.0, tokens * pause / 2000))
    gained = server.memory() - memory
    gevent.joinall(jobs, raise_error=True)
    return server.cpu() - before, gained, first


def say(text):
    sys.stdout.write(text + "\n")


def list_bench(count, rows):
    server = Server([f"m{i}" for i in range(count)])
    try:
        for i in range(rows):
            body = {"id": f"ws{i}", "name": f"W{i}", "base_model_id": "m0", "params": {"system": "x"}, "meta": {}}
            server.http.post(server.url + "/api/v1/models/create", json=body, timeout=10).raise_for_status()

        def call():
            return server.http.get(server.url + "/api/models", timeout=20).content

        def fresh():
            return server.http.get(server.url + "/api/models?refresh=true", timeout=20).content

        kept, anew = per_call(server, 200, call), per_call(server, 50, fresh)
        say(f"GET /api/models, {count} models, {rows} rows: {kept:.2f} ms CPU; asking the provider anew {anew:.2f} ms")
    finally:
        server.stop()


def stream_bench():
    server = Server(["m0"])
    try:
        body = {"model": "m0", "messages": [{"role": "user", "content": "x"}]}

        def whole():
            server.http.post(server.url + "/api/chat/completions", json=body, timeout=20).raise_for_status()

        say(f"a completion, not streamed: {per_call(server, 200, whole):.2f} ms CPU")
        together(server, 50, 20, 20)
        short, _, _ = together(server, 50, 1, 20)
        long, _, _ = together(server, 50, 301, 20)
        say(f"a streamed completion of one token: {short / 50:.2f} ms CPU")
        say(f"1,000 relayed tokens, 50 streams: {(long - short) / 50 / 300 * 1000:.1f} ms CPU")
        _, gained, first = together(server, 200, 10, 300)
        say(f"200 streams at once: first token median {statistics.median(first):.0f}, last {max(first):.0f} ms")
        say(f"memory of an open stream: {gained / 200:.0f} kB")
    finally:
        server.stop()


if __name__ == "__main__":
    list_bench(5, 50)
    list_bench(300, 50)
    stream_bench()
