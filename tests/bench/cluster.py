"""A crowd on one server: open sockets and replies that stream, and what they cost in memory and time.

    python tests/bench/cluster.py URL TOKEN... --sockets 200 --streams 100 --pid PID

The figures in the README come from `tests/cluster/test_memory.py`, which runs this in 512 MB.
"""

import argparse
import json
import pathlib
import selectors
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import requests
import websocket


def resident(pids):
    """Megabytes of memory that these processes hold, shared pages counted once."""
    total = 0
    for pid in pids:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(("Pss:", "SwapPss:")):
                total += int(line.split()[1])
    return total / 1024


def family(pid):
    """A process and its children."""
    found = [pid]
    for one in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += family(int(one))
    return found


class Crowd:
    """Sockets of these accounts, spread evenly; everything they hear is counted."""

    def __init__(self, url, tokens):
        self.url, self.tokens = url, tokens
        self.sockets, self.frames, self.finished = [], 0, set()
        self.selector = selectors.DefaultSelector()

    def open(self, count):
        """Opens so many sockets."""
        for number in range(count):
            one = websocket.create_connection(
                self.url.replace("http", "ws") + "/ws/socket.io/?EIO=4&transport=websocket", timeout=20
            )
            one.recv()
            one.send("40" + json.dumps({"token": self.tokens[number % len(self.tokens)]}))
            one.sid = json.loads(one.recv()[2:])["sid"]
            one.sock.setblocking(True)
            self.sockets.append(one)
            self.selector.register(one.sock, selectors.EVENT_READ, one)

    def start(self, count, words, delay):
        """Begins so many replies, each in a chat of its own; returns the ids of the replies."""

        def ask(number):
            place = number % len(self.tokens)
            question, reply = str(uuid.uuid4()), str(uuid.uuid4())
            text = f"tokens={words} delay={delay}"
            message = {"id": question, "parentId": None, "childrenIds": [reply], "role": "user", "content": text}
            body = {
                "model": "gpt-test",
                "stream": True,
                "messages": [{"role": "user", "content": text}],
                "session_id": self.sockets[place].sid,
                "id": reply,
                "parent_id": None,
                "user_message": {**message, "timestamp": int(time.time()), "models": ["gpt-test"]},
                "background_tasks": {},
            }
            headers = {"Authorization": f"Bearer {self.tokens[place]}"}
            answer = requests.post(self.url + "/api/chat/completions", json=body, headers=headers, timeout=60)
            answer.raise_for_status()
            return reply

        with ThreadPoolExecutor(10) as pool:
            return list(pool.map(ask, range(count)))

    def hear(self, until, seconds):
        """Reads all sockets until `until()` or so many seconds; answers the server's pings."""
        end = time.time() + seconds
        while time.time() < end and not until():
            for key, _ in self.selector.select(0.2):
                text = key.data.recv()
                if text == "2":
                    key.data.send("3")
                elif text.startswith("42"):
                    self.frames += 1
                    if '"done":true' in text and '"chat:completion"' in text:
                        self.finished.add(json.loads(text[2:])[1].get("message_id"))

    def close(self):
        for one in self.sockets:
            one.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("tokens", nargs="+")
    parser.add_argument("--sockets", type=int, default=200)
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--pid", type=int, help="of the server's master, for its memory")
    given = parser.parse_args()
    crowd = Crowd(given.url, given.tokens)
    crowd.open(given.sockets)
    begun = time.time()
    replies = set(crowd.start(given.streams, 50, 0.1))
    crowd.hear(lambda: replies <= crowd.finished, 120)
    took = time.time() - begun
    memory = f", {resident(family(given.pid)):.0f} MB" if given.pid else ""
    sys.stdout.write(f"{len(replies)} replies and {crowd.frames} frames in {took:.1f} s{memory}\n")
    crowd.close()


if __name__ == "__main__":
    main()
