"""A conversation of a million tokens: `python tests/bench/conversation.py` (half a minute, needs nothing else).

How much memory a turn in it takes, beside its text: at most until the provider answers (what was read, what is sent),
while the reply grows, and at most over the whole turn (the document is read and written once more at its end).
"""

import pathlib
import re
import sys
import tempfile
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))

from tests.bench import background, servers, streams

MESSAGES, LENGTH, WORDS = 1000, 3900, 150


def conversation():
    """A chat's document; its last message is an answer."""
    ids = [f"m{number}" for number in range(MESSAGES)]
    messages = {}
    for number, one in enumerate(ids):
        around = {"parentId": ids[number - 1] if number else None, "childrenIds": ids[number + 1 : number + 2]}
        role = "assistant" if number % 2 else "user"
        text = f"{number} ".ljust(LENGTH, "abcdefghij"[number % 10])
        messages[one] = {"id": one, **around, "role": role, "content": text, "done": True, "model": "gpt-test"}
    return {"title": "long", "models": ["gpt-test"], "history": {"currentId": ids[-1], "messages": messages}}


def megabytes(pid, name):
    """`VmRSS` or `VmHWM` (the most since `clear_refs`) of a process."""
    return int(re.search(name + r":\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def turn(server, worker, chat_id):
    """Asks the next question; returns the three figures in MB."""
    last = f"m{MESSAGES - 1}"
    asked = background.body(str(uuid.uuid4()), str(uuid.uuid4()), "none", words=WORDS)
    asked |= {"chat_id": chat_id, "parent_id": last}
    asked["user_message"]["parentId"] = last
    pathlib.Path(f"/proc/{worker}/clear_refs").write_text("5")
    before = megabytes(worker, "VmRSS")
    server.session.post(server.url + "/api/chat/completions", json=asked, timeout=60).raise_for_status()
    time.sleep(1.5)
    sent, growing = megabytes(worker, "VmHWM") - before, megabytes(worker, "VmRSS") - before
    while server.session.get(f"{server.url}/api/tasks/chat/{chat_id}", timeout=60).json()["task_ids"]:
        time.sleep(0.2)
    return sent, growing, megabytes(worker, "VmHWM") - before


def main():
    process, address = streams.provider()
    environ = {"OPENAI_API_BASE_URLS": address + "/v1", "OPENAI_API_KEYS": "x", "ENABLE_OLLAMA_API": "false"}
    with tempfile.TemporaryDirectory() as folder:
        server, _ = servers.start(folder, **environ)
        try:
            server.enter()
            server.session.get(server.url + "/api/models", timeout=30).raise_for_status()
            body = {"chats": [{"chat": conversation(), "meta": {}, "pinned": False, "folder_id": None}] * 3}
            made = server.session.post(server.url + "/api/v1/chats/import", json=body, timeout=60).json()
            sent, growing, whole = min(turn(server, server.pids[1], chat["id"]) for chat in made)
        finally:
            servers.stop(server)
            process.terminate()
    text = MESSAGES * LENGTH / 2**20
    sys.stdout.write(f"a turn in a conversation of {text:.1f} MB takes {sent:.1f} MB until the provider answers, ")
    sys.stdout.write(f"{growing:.1f} MB while the reply grows, {whole:.1f} MB at most\n")


if __name__ == "__main__":
    main()
