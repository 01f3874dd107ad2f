"""`make bench`: the figures of the README, one line each, beside those of a peer where one is given.

    make bench [PEER=http://127.0.0.1:8091 PEER_PID="1234 …"] [ARGS=--areas]

`--areas` goes on with accounts, chats at size, providers, the memory of open replies and a long conversation
(`tests/bench/{accounts,chats,providers,memory,conversation}.py`, a quarter of an hour).
The peer needs no provider: its streams are not measured.
"""

import argparse
import subprocess
import sys
import tempfile
import time

from tests.bench import background, requests_cpu, servers, streams


def main():
    options = argparse.ArgumentParser(prog="tests.bench")
    options.add_argument("--peer")
    options.add_argument("--peer-pid", type=int, nargs="+", default=[])
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--no-streams", action="store_true")
    options.add_argument("--areas", action="store_true")
    given = options.parse_args()
    peer = servers.Server("peer", given.peer, given.peer_pid).enter() if given.peer else None
    process, address = streams.provider()
    try:
        with tempfile.TemporaryDirectory() as folder:
            _measure(folder, address, peer, given)
    finally:
        process.terminate()
    for name in ("accounts", "chats", "providers", "memory", "conversation") if given.areas else ():
        _say(f"-- {name}")
        subprocess.run([sys.executable, str(servers.ROOT / "tests" / "bench" / f"{name}.py")], check=True)


def _measure(folder, provider, peer, given):
    environ = {"OPENAI_API_BASE_URLS": provider + "/v1", "OPENAI_API_KEYS": "x", "ENABLE_OLLAMA_API": "false"}
    starts = []
    for _ in range(3):
        server, took = servers.start(folder, **environ)
        starts.append(took)
        if len(starts) < 3:
            servers.stop(server)
    try:
        _line("process start to first /health 200, s", min(starts), None, 3)
        time.sleep(1)
        _line("memory of the whole service, idle, MB PSS", server.memory(), peer and peer.memory(), 0)
        server.enter()
        for one in filter(None, (server, peer)):
            requests_cpu.fill(one)
        for what, path in requests_cpu.PATHS.items():
            theirs = peer and requests_cpu.measure(peer, path, given.count)
            _line(f"CPU of {what}, ms", requests_cpu.measure(server, path, given.count), theirs, 2)
        if not given.no_streams:
            server.session.get(server.url + "/api/models", timeout=30).raise_for_status()
            for what, measure in (("passed through", streams.measure), ("new chats, background", background.measure)):
                alone, _ = _cost(server, measure, 1)
                cost, said = _cost(server, measure, streams.WORDS)
                tokens = (cost - alone) / (streams.WORDS - 1) * 1000
                _say(f"{streams.STREAMS} streams at once, {what}: {said}")
                _line("  CPU of one request and its first token, ms", alone, None, 1)
                _line(
                    f"  CPU of 1,000 tokens, all in {cost / streams.WORDS * 1000:.0f} ms, beyond that", tokens, None, 0
                )
        _line("memory afterwards, MB PSS", server.memory(), peer and peer.memory(), 0)
    finally:
        servers.stop(server)


def _cost(server, measure, words):
    """Milliseconds of processor time that one of many streams of so many words takes, and what `measure` says."""
    before = server.cpu()
    said = measure(server, words)
    return (server.cpu() - before) / streams.STREAMS * 1000, said


def _line(what, ours, theirs, digits):
    beside = f" (peer {theirs:.{digits}f}, {theirs / ours:.1f} times)" if theirs else ""
    _say(f"{what}: {ours:.{digits}f}{beside}")


def _say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


main()
