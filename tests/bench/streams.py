"""Two hundred replies at once, 50 words a second each: how many fail, how much later the first word comes.

The provider and the clients are gevent programs in processes of their own, so that what is measured is
the server between them.
"""

import json
import subprocess
import sys

STREAMS, WORDS, RATE = 200, 250, 50


def provider(words=WORDS, rate=RATE):
    """Runs a provider in a process of its own, each reply so many words, so many a second; returns the process and
    its address."""
    command = [sys.executable, "-m", "tests.bench.streams", "provider", str(words), str(rate)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip()


def measure(server, words=WORDS):
    """`{failed, median_ms, p95_ms}`: replies with one of so many words missing, and how long the first took."""
    token = server.session.headers["Authorization"]
    command = [sys.executable, "-m", "tests.bench.streams", "clients", server.url, token, str(words)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout)


def _provide(count, rate):
    from gevent import monkey

    monkey.patch_all()
    import gevent
    from gevent.pywsgi import WSGIServer

    models = json.dumps({"object": "list", "data": [{"id": "gpt-test", "object": "model"}]}).encode()

    def answer(environ, start_response):
        if environ["REQUEST_METHOD"] == "GET":
            start_response("200 OK", [("Content-Type", "application/json")])
            return [models]
        asked = json.loads(environ["wsgi.input"].read())
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        return words(asked.get("max_tokens", count))

    def words(wanted):
        for n in range(wanted):
            chunk = {"id": "x", "object": "chat.completion.chunk", "model": "gpt-test"}
            chunk["choices"] = [{"index": 0, "delta": {"content": f"word{n} "}, "finish_reason": None}]
            yield b"data: " + json.dumps(chunk).encode() + b"\n\n"
            gevent.sleep(1 / rate)
        yield b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'

    server = WSGIServer(("127.0.0.1", 0), answer, log=None)
    server.start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


def _ask(url, token, words):
    from gevent import monkey

    monkey.patch_all()
    import time

    import gevent
    import requests

    def one(_):
        body = {"model": "gpt-test", "stream": True, "messages": [{"role": "user", "content": "talk"}]}
        body["max_tokens"] = words
        began, first, heard = time.perf_counter(), None, 0
        try:
            headers = {"Authorization": token}
            with requests.post(
                url + "/api/chat/completions", json=body, headers=headers, stream=True, timeout=120
            ) as got:
                for line in got.iter_lines(chunk_size=512):
                    if b'"content"' in line:
                        first = first or time.perf_counter() - began
                        heard += line.count(b"word")
        except requests.RequestException:
            pass
        return first, heard

    jobs = [gevent.spawn(one, n) for n in range(STREAMS)]
    gevent.joinall(jobs)
    firsts = sorted(job.value[0] for job in jobs if job.value[0])
    result = {
        "failed": sum(job.value[1] < words for job in jobs),
        "median_ms": round(firsts[len(firsts) // 2] * 1000) if firsts else None,
        "p95_ms": round(firsts[int(len(firsts) * 0.95)] * 1000) if firsts else None,
    }
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    _provide(int(sys.argv[2]), float(sys.argv[3])) if sys.argv[1] == "provider" else _ask(
        *sys.argv[2:4], int(sys.argv[4])
    )
