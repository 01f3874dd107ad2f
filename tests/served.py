"""What the servers that tests bring along have in common: a port of their own, a thread, an end."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Served:
    """Serves until `close`, at `url`, with handlers of class `handler` that find it as `self.owner`."""

    def __init__(self, handler, port=0):
        self.server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (handler,), {"owner": self}))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    """A handler over HTTP/1.1 that prints nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass
