"""Events that are larger than what a connection takes at once arrive whole (realtime.md section 1)."""

import json
import socket
import time

import pytest
import websocket
from test_tool_servers import EVERYONE, connect, connection, server  # noqa: F401
from test_tools import call
from test_turn import ada, ask  # noqa: F401

pytestmark = pytest.mark.live


class SlowReader:
    """A WebSocket of Socket.IO whose system buffer is small, and which reads when it is told to."""

    def __init__(self, person):
        address = person.live.url.replace("http", "ws") + "/ws/socket.io/?EIO=4&transport=websocket"
        options = [(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)]
        self.line = websocket.create_connection(address, 20, sockopt=options, skip_utf8_validation=True)
        self.line.recv()
        self.line.send("40" + json.dumps({"token": person.token}))
        self.sid = json.loads(self.line.recv()[2:])["sid"]
        self.connected = False

    def get_sid(self):
        return self.sid

    def end(self):
        """The event that ends a reply; everything before is read, pings are answered."""
        while True:
            text = self.line.recv()
            if text == "2":
                self.line.send("3")
            elif text.startswith("42"):
                _, payload = json.loads(text[2:])
                if payload["data"]["type"] == "chat:completion" and payload["data"]["data"].get("done"):
                    return payload["data"]["data"]


def test_a_large_event_reaches_a_slow_client_whole(ada, live, enter, server, provider):  # noqa: F811
    connect(live, connection(server, "s"))
    model = {"id": "gpt-test", "base_model_id": None, "name": "Test", "meta": {}, "params": {}}
    ada.post("/api/v1/models/create", {**model, "access_grants": EVERYONE})
    bob = enter("bob")
    reader = bob.socket = SlowReader(bob)
    provider.say({"tool_calls": [call("huge")]}, "ok")
    ask(bob, "go", tool_ids=["server:s"])
    while len(provider.chats()) < 2:
        time.sleep(0.05)
    time.sleep(0.5)
    assert len(reader.end()["output"][1]["output"][0]["text"]) == 2**22
    reader.line.close()
