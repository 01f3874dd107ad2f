"""A scripted model provider over a real socket: OpenAI under /v1, Ollama under /api.

A reply is the next queued script, else an echo of the last user message. A message may hold
directives: `tokens=N` (N words), `delay=S` (seconds between chunks). Scripts:

    {"text": …, "delay": s}                       words, one a chunk
    {"reasoning": …, "text": …}                   thinking first
    {"tool_calls": [{"name", "arguments", "id"?}]}
    {"text": …, "images": […]}                     a whole answer with pictures
    {"error": status, "message": …}               an error answer (with "raw": its whole body)
    {"frames": [bytes, …], "delay": s}            the stream byte for byte, also where none was asked
    {"text": …, "drop_after": n}                  the line is cut after n words
    {"hang": s}                                   silence before the answer
    {"events": [{"type": …}, …]}                  events of the Responses API

A script with "to" waits for that very message; others go to whoever asks next.
"""

import json
import re
import socket
import threading
import time

from served import Handler, Served

MODELS = ["gpt-test", "gpt-small"]
OLLAMA_MODELS = ["llama-test:latest"]


def last_user_text(messages):
    for message in reversed(messages or []):
        if message.get("role") == "user":
            content = message.get("content")
            if isinstance(content, list):
                content = " ".join(part.get("text", "") for part in content if isinstance(part, dict))
            return content or ""
    return ""


class Provider(Served):
    """The running provider; `requests` is what it was sent, `queue` what it will say."""

    def __init__(self, port=0):
        self.requests, self.queue, self.lock = [], [], threading.Lock()
        self.models, self.ollama_models = list(MODELS), list(OLLAMA_MODELS)
        self.loaded: list[str] = []
        super().__init__(_Handler, port)

    def say(self, *scripts):
        """Queues replies; a text stands for {"text": …}."""
        self.queue.extend({"text": one} if isinstance(one, str) else one for one in scripts)

    def reset(self):
        self.requests.clear()
        self.queue.clear()
        self.models, self.ollama_models = list(MODELS), list(OLLAMA_MODELS)
        self.loaded: list[str] = []

    def chats(self):
        """The bodies of the chat requests so far."""
        return [r["json"] for r in self.requests if r["path"].endswith(("/chat/completions", "/api/chat"))]

    def next_script(self, body):
        text = last_user_text(body.get("messages"))
        with self.lock:
            for place, script in enumerate(self.queue):
                if script.get("to", text) == text:
                    return self.queue.pop(place)
        delay = re.search(r"delay=([\d.]+)", text)
        tokens = re.search(r"tokens=(\d+)", text)
        said = " ".join(f"word{i}" for i in range(int(tokens[1]))) if tokens else f"You said: {text}"
        return {"text": said, "delay": float(delay[1]) if delay else 0}


class _Handler(Handler):
    owner: Provider

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    # -- plumbing
    def read(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = raw.decode("utf-8", "replace")
        self.owner.requests.append(
            {"method": self.command, "path": self.path, "headers": dict(self.headers), "json": body}
        )
        return body if isinstance(body, dict) else {}

    def answer(self, value, status=200, content_type="application/json", headers=None):
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        for name, text in (headers or {}).items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)

    def stream(self, content_type):
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()

    def chunk(self, data):
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def cut(self):
        """The line drops in the middle of the answer."""
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    # -- routes
    def do_GET(self):
        self.read()
        path = self.path.split("?")[0]
        if path == "/v1/models":
            return self.answer(
                {
                    "object": "list",
                    "data": [
                        m
                        if isinstance(m, dict)
                        else {"id": m, "object": "model", "created": 1700000000, "owned_by": "test"}
                        for m in self.owner.models
                    ],
                }
            )
        if path == "/api/tags":
            return self.answer({"models": [self.ollama_model(m) for m in self.owner.ollama_models]})
        if path == "/api/ps":
            return self.answer({"models": [self.ollama_model(m) for m in self.owner.loaded]})
        if path == "/api/version":
            return self.answer({"version": "0.9.9"})
        return self.answer({"error": "no such path"}, 404)

    def do_DELETE(self):
        self.read()
        self.answer({"status": "success"})

    def do_POST(self):
        body = self.read()
        path = self.path.split("?")[0]
        try:
            if path.endswith("/chat/completions"):
                return self.openai_chat(body)
            if path == "/api/chat":
                return self.ollama_chat(body)
            if path == "/v1/embeddings":
                inputs = body.get("input") if isinstance(body.get("input"), list) else [body.get("input")]
                return self.answer(
                    {
                        "object": "list",
                        "model": body.get("model"),
                        "data": [
                            {"object": "embedding", "index": i, "embedding": [0.1, 0.2]} for i, _ in enumerate(inputs)
                        ],
                    }
                )
            return self.other_post(path, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
            return None

    def openai_response(self, body):
        script = self.owner.next_script({"messages": [{"role": "user", "content": str(body.get("input"))}]})
        item = {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": script.get("text", "")}],
        }
        if "events" in script:
            self.stream("text/event-stream")
            self.chunk("".join(f"data: {json.dumps(event)}\n\n" for event in script["events"]).encode())
            return self.chunk(b"")
        usage = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
        done = {"id": "resp_1", "object": "response", "model": body.get("model"), "output": [item], "usage": usage}
        if not body.get("stream"):
            return self.answer(done)
        self.stream("text/event-stream")
        for event in (
            {"type": "response.output_text.delta", "delta": script.get("text", "")},
            {"type": "response.completed", "response": done},
        ):
            # one after the other, and without the keys that say where it belongs
            time.sleep(0.05)
            self.chunk(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
        return self.chunk(b"")

    def other_post(self, path, body):
        if path == "/v1/responses":
            return self.openai_response(body)
        if path == "/v1/messages/count_tokens":
            return self.answer({"input_tokens": 42})
        if path.startswith("/api/blobs/"):
            return self.answer(b"", 201)
        if path == "/api/show":
            return self.answer({"modelfile": "FROM x", "details": {}, "model_info": {}, "capabilities": ["completion"]})
        if path == "/api/embed":
            return self.answer({"model": body.get("model"), "embeddings": [[0.1, 0.2]]})
        if path == "/api/generate":
            return self.answer({"model": body.get("model"), "response": "ok", "done": True})
        if path in ("/api/pull", "/api/create", "/api/push"):
            self.stream("application/x-ndjson")
            for status in ("pulling manifest", "success"):
                self.chunk(json.dumps({"status": status}).encode() + b"\n")
            return self.chunk(b"")
        return self.answer({"status": "success"})

    def ollama_model(self, name):
        return {
            "name": name,
            "model": name,
            "modified_at": "2025-01-01T00:00:00Z",
            "size": 1000,
            "digest": "d" * 64,
            "details": {"family": "llama", "parameter_size": "1B"},
        }

    def failed(self, script, shape):
        if "hang" in script:
            time.sleep(script["hang"])
        if "error" not in script:
            return False
        raw = script.get("raw")
        if raw is not None:
            self.answer(raw.encode(), script["error"], script.get("content_type", "text/plain"))
        else:
            self.answer(shape(script.get("message", "scripted error")), script["error"], headers=script.get("headers"))
        return True

    def openai_chat(self, body):
        script = self.owner.next_script(body)
        if self.failed(script, lambda text: {"error": {"message": text, "type": "server_error"}}):
            return None
        head = {"id": "chatcmpl-1", "created": 1700000000, "model": body.get("model")}
        words = re.findall(r"\S+\s*|\s+", script.get("text", ""))
        calls = [
            {
                "index": i,
                "id": call.get("id", f"call_{i}"),
                "type": "function",
                "function": {"name": call["name"], "arguments": json.dumps(call.get("arguments", {}))},
            }
            for i, call in enumerate(script.get("tool_calls", []))
        ]
        usage = {"prompt_tokens": 7, "completion_tokens": len(words), "total_tokens": 7 + len(words)}
        finish = "tool_calls" if calls else "stop"
        if not body.get("stream") and "frames" not in script:
            message = {"role": "assistant", "content": script.get("text")}
            if calls:
                message["tool_calls"] = calls
            if "images" in script:
                message["images"] = script["images"]
            return self.answer(
                {
                    **head,
                    "object": "chat.completion",
                    "usage": usage,
                    "choices": [{"index": 0, "message": message, "finish_reason": finish}],
                }
            )
        self.stream(script.get("content_type", "text/event-stream"))
        if "frames" in script:
            for frame in script["frames"]:
                time.sleep(script.get("delay", 0))
                self.chunk(frame)
            return self.chunk(b"")

        def send(delta, reason=None, **extra):
            frame = {
                **head,
                "object": "chat.completion.chunk",
                "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
                **extra,
            }
            self.chunk(b"data: " + json.dumps(frame).encode() + b"\n\n")

        send({"role": "assistant", "content": ""})
        for word in re.findall(r"\S+\s*", script.get("reasoning", "")):
            send({"reasoning_content": word})
        for i, word in enumerate(words):
            if script.get("drop_after") == i:
                return self.cut()
            if script.get("delay"):
                time.sleep(script["delay"])
            send({"content": word})
        if calls:
            send({"tool_calls": calls})
        send({}, finish)
        if (body.get("stream_options") or {}).get("include_usage"):
            self.chunk(b"data: " + json.dumps({**head, "choices": [], "usage": usage}).encode() + b"\n\n")
        self.chunk(b"data: [DONE]\n\n")
        self.chunk(b"")

    def ollama_chat(self, body):
        script = self.owner.next_script(body)
        if self.failed(script, lambda text: {"error": text}):
            return None
        head = {"model": body.get("model"), "created_at": "2025-01-01T00:00:00Z"}
        words = re.findall(r"\S+\s*|\s+", script.get("text", ""))
        tail = {
            "done": True,
            "done_reason": "stop",
            "total_duration": 10,
            "load_duration": 1,
            "prompt_eval_count": 3,
            "prompt_eval_duration": 2,
            "eval_count": len(words),
            "eval_duration": 5,
        }
        calls = [
            {"function": {"name": c["name"], "arguments": c.get("arguments", {})}} for c in script.get("tool_calls", [])
        ]
        if body.get("stream") is False:
            message = {"role": "assistant", "content": script.get("text", "")}
            if calls:
                message["tool_calls"] = calls
            return self.answer({**head, "message": message, **tail})
        self.stream("application/x-ndjson")
        for i, word in enumerate(words):
            if script.get("drop_after") == i:
                return self.cut()
            time.sleep(script.get("delay", 0))
            self.chunk(
                json.dumps({**head, "message": {"role": "assistant", "content": word}, "done": False}).encode() + b"\n"
            )
        if calls:
            message = {"role": "assistant", "content": "", "tool_calls": calls}
            self.chunk(json.dumps({**head, "message": message, "done": False}).encode() + b"\n")
        self.chunk(json.dumps({**head, "message": {"role": "assistant", "content": ""}, **tail}).encode() + b"\n")
        self.chunk(b"")
