"""The servers that are measured: ours, started here, and one that runs already."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
_TICKS = os.sysconf("SC_CLK_TCK")
PASSWORD = "correct-horse-1"


class Server:
    """`url`, and the processes that make it up; `session` is signed in."""

    def __init__(self, name, url, pids):
        self.name, self.url, self.pids = name, url, pids
        self.session = requests.Session()

    def enter(self, email="bench@example.com"):
        """Signs in; on a fresh server with a new account."""
        given = {"email": email, "password": PASSWORD}
        answer = self.session.post(self.url + "/api/v1/auths/signin", json=given, timeout=30)
        if answer.status_code != 200:
            answer = self.session.post(self.url + "/api/v1/auths/signup", json={**given, "name": "Bench"}, timeout=30)
        answer.raise_for_status()
        self.session.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        self.session.cookies.clear()
        return self

    def cpu(self):
        """Seconds of processor time that all its processes have used."""
        total = 0
        for pid in self.pids:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / _TICKS

    def memory(self):
        """MB of memory, what processes share counted once (PSS)."""
        total = 0
        for pid in self.pids:
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024


def start(folder, **environ):
    """A fresh server of ours on SQLite; returns it with the seconds to its first /health."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
        "DATA_DIR": str(folder),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "GLOBAL_LOG_LEVEL": "warning",
        "ENV": "prod",
        **environ,
    }
    command = [sys.executable, "-m", "gunicorn", "app:app"]
    log = (pathlib.Path(folder) / "log").open("ab")
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    while time.perf_counter() - began < 30:
        try:
            if requests.get(url + "/health", timeout=1).status_code == 200:
                break
        except requests.RequestException:
            time.sleep(0.005)
    took = time.perf_counter() - began
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    server = Server("lightwell", url, [process.pid, *map(int, children)])
    server.process = process
    return server, took


def stop(server):
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(40)
