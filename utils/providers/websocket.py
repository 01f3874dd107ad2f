"""A websocket to a server of others: simple-websocket's client, with limits and the whole host name.

The library's own handshake names the host without its port, and never ends where the other side hangs up.
"""

import simple_websocket
from wsproto.events import AcceptConnection, RejectConnection, Request

_HANDSHAKE_SECONDS = 20.0


class Channel(simple_websocket.Client):
    """An open connection. Raises `OSError` or `simple_websocket.ConnectionError` where there is none."""

    def handshake(self) -> None:
        """Called by the library once the socket is connected."""
        self.sock.settimeout(_HANDSHAKE_SECONDS)
        host = f"[{self.host}]" if ":" in self.host else self.host
        asked = Request(host=f"{host}:{self.port}", target=self.path, extra_headers=self.extra_headeers)
        self.sock.sendall(self.ws.send(asked))
        while not self.connected:
            data = self.sock.recv(self.receive_bytes)
            if not data:
                raise OSError("the server hung up")
            self.ws.receive_data(data)
            self._answered()
        self.sock.settimeout(None)

    def _answered(self) -> None:
        for event in self.ws.events():
            if isinstance(event, RejectConnection):
                raise simple_websocket.ConnectionError(event.status_code)
            if not isinstance(event, AcceptConnection):
                raise simple_websocket.ConnectionError(400)
            self.connected = True
            return
