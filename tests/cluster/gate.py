"""TCP in between: a gate before one server that can be shut, and a balancer before several."""

import contextlib
import itertools
import socket
import threading


class Gate:
    """Forwards a port of its own to one of `targets` (host, port). `shut()` cuts every connection and
    refuses new ones, `open()` lets them in again."""

    def __init__(self, *targets):
        self.targets, self.live, self.lock = list(targets), set(), threading.Lock()
        self.turns = itertools.count()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.listener = None
        self.open()

    def order(self, address):
        """The targets in the order in which they are tried: by the client's address where it is not the usual one,
        so that long-polling sticks; else by turns."""
        last = int(address[0].rsplit(".", 1)[1])
        first = (last if last != 1 else next(self.turns)) % len(self.targets)
        return self.targets[first:] + self.targets[:first]

    def open(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(512)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def shut(self):
        # close() alone would leave the accepting thread in its system call, with the port open
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.lock:
            live, self.live = self.live, set()
        for one in live:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self, listener):
        while True:
            try:
                client, address = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client, address), daemon=True).start()

    def _serve(self, client, address):
        for target in self.order(address):
            try:
                server = socket.create_connection(target, timeout=5)
                break
            except OSError:
                continue
        else:
            client.close()
            return
        server.settimeout(None)
        with self.lock:
            self.live |= {client, server}
        threading.Thread(target=self._pump, args=(client, server), daemon=True).start()
        self._pump(server, client)

    def _pump(self, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            with self.lock:
                self.live.discard(one)
