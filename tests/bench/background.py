"""Two hundred new chats at once in the background, as pages begin them: when the first word of each comes
over the socket, and whether all words came and were stored.

The clients are a gevent program in a process of its own; the provider is that of `streams`.
"""

import json
import subprocess
import sys

from tests.bench.streams import STREAMS, WORDS

_SECONDS = 120


def measure(server, words=WORDS):
    """`{failed, median_ms, p95_ms, last_ms, took_s}`: chats with one of so many words missing on the socket or in
    the database, and how long the first took."""
    token = server.session.headers["Authorization"].removeprefix("Bearer ")
    command = [sys.executable, "-m", "tests.bench.background", server.url, token, str(words)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout)


class Page:
    """A socket that hears all replies of the account, and when each word came."""

    def __init__(self, url, token):
        import websocket

        address = url.replace("http", "ws") + "/ws/socket.io/?EIO=4&transport=websocket"
        self.socket = websocket.create_connection(address, timeout=_SECONDS)
        self.socket.recv()
        self.socket.send("40" + json.dumps({"token": token}))
        self.sid = json.loads(self.socket.recv()[2:])["sid"]
        self.first, self.heard, self.done = {}, {}, set()

    def listen(self, clock):
        """Reads for as long as it is let."""
        while True:
            text = self.socket.recv()
            if text == "2":
                self.socket.send("3")
            elif '"message_id":"' in text:
                self._note(text, clock())

    def _note(self, text, moment):
        # not decoded: ten thousand a second come, and the client must not be what is measured
        place = text.index('"message_id":"') + 14
        reply = text[place : text.index('"', place)]
        if '"response.output_text.delta"' in text:
            self.first.setdefault(reply, moment)
            self.heard[reply] = self.heard.get(reply, 0) + text.count("word")
        elif '"chat:active"' in text and '"active":false' in text:
            self.done.add(reply)


def body(question, reply, sid, text="talk", words=WORDS):
    """A new chat as the page asks for it."""
    message = {"id": question, "parentId": None, "childrenIds": [reply], "role": "user", "content": text}
    return {
        "model": "gpt-test",
        "stream": True,
        "params": {"max_tokens": words},
        "session_id": sid,
        "id": reply,
        "message_ids": [{"model_id": "gpt-test", "message_id": reply, "modelIdx": 0}],
        "parent_id": None,
        "user_message": {**message, "timestamp": 1700000000, "models": ["gpt-test"]},
        "background_tasks": {},
    }


def _ask(url, token, words):
    from gevent import monkey

    monkey.patch_all()
    import socket
    import time
    import uuid
    from urllib.parse import urlsplit

    import gevent
    import requests

    page, host, port = Page(url, token), urlsplit(url).hostname, urlsplit(url).port
    headers = {"Authorization": "Bearer " + token}
    head = f"POST /api/chat/completions HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
    head += f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
    listening = gevent.spawn(page.listen, time.perf_counter)
    began, chats, calls = {}, {}, []
    # connected and written beforehand: what is measured is the server
    for _ in range(STREAMS):
        question, reply = str(uuid.uuid4()), str(uuid.uuid4())
        data = json.dumps(body(question, reply, page.sid, words=words)).encode()
        request = f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data
        calls.append((reply, request, socket.create_connection((host, port), timeout=_SECONDS)))

    def one(reply, request, connection):
        began[reply] = time.perf_counter()
        connection.sendall(request)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
        chats[reply] = json.loads(answer[answer.index(b"{") :]).get("chat_id")

    start = time.perf_counter()
    gevent.joinall([gevent.spawn(one, *call) for call in calls])
    begun = {reply for reply, chat_id in chats.items() if chat_id}
    while not begun <= page.done and time.perf_counter() - start < _SECONDS:
        gevent.sleep(0.1)
    listening.kill()
    took = time.perf_counter() - start
    stored = 0
    for reply, chat_id in chats.items():
        got = requests.get(f"{url}/api/v1/chats/{chat_id}", headers=headers, timeout=_SECONDS)
        message = got.json()["chat"]["history"]["messages"][reply] if got.ok else {}
        stored += message.get("content", "").count("word") >= words and page.heard.get(reply, 0) >= words
    firsts = sorted((page.first[reply] - began[reply]) * 1000 for reply in page.first)
    result = {"failed": STREAMS - stored, "took_s": round(took, 1)}
    if firsts:
        places = {"median_ms": len(firsts) // 2, "p95_ms": int(len(firsts) * 0.95), "last_ms": -1}
        result |= {name: round(firsts[place]) for name, place in places.items()}
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    _ask(*sys.argv[1:3], int(sys.argv[3]))
