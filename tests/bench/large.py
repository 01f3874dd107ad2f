"""A chat of 36 MB, pictures inlined in its messages: `python tests/bench/large.py [--postgres URL]`.

For each thing that is done with it: how long it takes, the longest that a second client waits for a cheap
answer meanwhile (asked from a process of its own), how far the server's resident memory rises above what it was
before (the kernel's high-water mark), and for a turn the time until the provider is called. `--peer` measures a
server that runs already, whose provider must be at `--provider` (a port).
"""

import argparse
import base64
import http.client
import json
import multiprocessing
import os
import pathlib
import random
import socket
import sys
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))

from tests.bench.chats import Server, document

ANSWER = (
    b'data: {"choices":[{"index":0,"delta":{"content":"Yes."}}]}\n\n'
    b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
)


def provider(port, called):
    """A provider that says when it was called and when it had everything, and how much that was."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def _send(self, kind, data):
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self):
            self._send("application/json", b'{"object":"list","data":[{"id":"m","object":"model"}]}')

        def do_POST(self):
            begun, left = time.monotonic(), int(self.headers["Content-Length"])
            size, pictures, tail = left, 0, b""
            while left and (piece := self.rfile.read(min(left, 2**20))):
                left -= len(piece)
                pictures += (tail + piece).count(b'"data:image')
                tail = piece[-10:]
            called.put((begun, time.monotonic(), size, pictures))
            self._send("text/event-stream", ANSWER)

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


def ask(url, stop, longest):
    """Asks for a cheap answer again and again; the longest wait in ms."""
    at = urllib.parse.urlsplit(url)
    line = http.client.HTTPConnection(at.hostname, at.port, timeout=30)
    while not stop.is_set():
        begun = time.perf_counter()
        line.request("GET", "/health")
        line.getresponse().read()
        longest.value = max(longest.value, (time.perf_counter() - begun) * 1000)
        time.sleep(0.01)


class Meter:
    """Measures one piece of work."""

    def __init__(self, server, called):
        self.server, self.called = server, called

    def _status(self, name):
        found = 0
        for pid in self.server.pids():
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                found += int(line.split()[1]) if line.startswith(name) else 0
        return found / 1024

    def __call__(self, name, work, *, is_turn=False):
        time.sleep(1)
        for pid in self.server.pids():
            pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
        before, stop, longest = self._status("VmRSS"), multiprocessing.Event(), multiprocessing.Value("d", 0.0)
        asking = multiprocessing.Process(target=ask, args=(self.server.url, stop, longest))
        asking.start()
        time.sleep(0.3)
        longest.value = 0
        begun = time.monotonic()
        answer = work()
        taken = time.monotonic() - begun
        said = ""
        if is_turn:
            first, whole, size, pictures = self.called.get(timeout=60)
            said = f", provider called after {(first - begun) * 1000:5.0f} ms, had {size / 2**20:.0f} MB"
            said += f" with {pictures} pictures after {(whole - begun) * 1000:5.0f} ms"
            time.sleep(2)
        stop.set()
        asking.join()
        grown = self._status("VmHWM") - before
        print(
            f"{name:12} {answer.status_code} {taken * 1000:6.0f} ms, others wait up to {longest.value:4.0f} ms,"
            f" memory {grown:+5.0f} MB{said}",
            flush=True,
        )
        return answer


def made():
    """The chat, as the frontend sends it."""
    chat = document(random.Random(3), 24, 100, "Large")
    for message in chat["history"]["messages"].values():
        picture = base64.b64encode(random.Random(message["id"]).randbytes(1_170_000)).decode()
        message["files"] = [{"type": "image", "url": "data:image/png;base64," + picture}]
    return chat


def turn(server, chat_id, parent, number, **more):
    """A question at the end of the chat; waits for nothing."""
    question = {"id": f"q{number}", "parentId": parent, "role": "user", "content": f"and {number}?", "models": ["m"]}
    body = {
        "model": "m",
        "stream": True,
        "chat_id": chat_id,
        "session_id": "nobody",
        "parent_id": parent,
        "user_message": question,
        "message_ids": [{"model_id": "m", "message_id": f"a{number}", "modelIdx": 0}],
        **more,
    }
    return server.http.post(server.url + "/api/chat/completions", json=body)


def run(server, called):
    server.enter()
    meter, chat = Meter(server, called), made()
    headers = {"Content-Type": "application/json"}
    current = chat["history"]["currentId"]
    body = json.dumps({"chat": chat}).encode()
    print(f"a chat of {len(body) / 2**20:.1f} MB (goals: others wait 50 ms, memory three times its size, call in 1 s)")
    new, one = server.url + "/api/v1/chats/new", server.url + "/api/v1/chats/"
    chat_id = meter("new", lambda: server.http.post(new, data=body, headers=headers)).json()["id"]
    one += chat_id
    meter("open", lambda: server.http.get(one))
    meter("list", lambda: server.http.get(server.url + "/api/v1/chats/?page=1"))
    meter("save whole", lambda: server.http.post(one, data=body, headers=headers))
    meter("rename", lambda: server.http.post(one, json={"chat": {"title": "L"}}))
    meter("edit message", lambda: server.http.post(f"{one}/messages/{current}", json={"content": "edited"}))
    meter("turn", lambda: turn(server, chat_id, current, 1), is_turn=True)
    meter("next turn", lambda: turn(server, chat_id, "a1", 2), is_turn=True)
    meter("open again", lambda: server.http.get(one))
    again = {"message_ids": [{"model_id": "m", "message_id": "a3", "modelIdx": 0}], "parent_id": "q2"}
    question = {"id": "q2", "parentId": "a1", "role": "user", "content": "and 2?", "models": ["m"]}
    meter("regenerate", lambda: turn(server, chat_id, "a1", 2, **again, user_message=question), is_turn=True)
    meter("share", lambda: server.http.post(one + "/share"))
    meter("clone", lambda: server.http.post(one + "/clone", json={}))
    final = server.http.get(one).json()["chat"]["history"]["messages"]
    kept = sum(m.get("files") == chat["history"]["messages"][k]["files"] for k, m in final.items() if m.get("files"))
    print(f"{len(final)} messages, {kept} pictures as they were, the last reply: {final['a3']['content']!r}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--postgres")
    parser.add_argument("--peer", dest="url")
    parser.add_argument("--pid", type=int)
    parser.add_argument("--provider", type=int)
    parser.add_argument("--email", default="bench@example.com")
    parser.add_argument("--password", default="correct-horse-1")
    options = parser.parse_args()
    options.database = None
    port = options.provider
    if port is None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    called = multiprocessing.Queue()
    answering = multiprocessing.Process(target=provider, args=(port, called), daemon=True)
    answering.start()
    # a database that was used before knows another provider
    os.environ |= {"ENABLE_PERSISTENT_CONFIG": "false"}
    os.environ |= {"OPENAI_API_BASE_URLS": f"http://127.0.0.1:{port}/v1", "OPENAI_API_KEYS": "x"}
    os.environ["ENABLE_OLLAMA_API"] = "false"
    if options.postgres:
        os.environ["DATABASE_URL"] = options.postgres
    server = Server(options)
    try:
        run(server, called)
    finally:
        server.stop()
        answering.terminate()


if __name__ == "__main__":
    main()
