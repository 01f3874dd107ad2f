"""People on a live server: HTTP by requests, events by a real Socket.IO client."""

import threading
import time

import requests
import socketio

PASSWORD = "correct-horse-1"


def forget():
    """Clears what one test of this process leaves for the next (areas add theirs here)."""
    from utils.providers import lists

    lists.forget()


class LivePerson:
    """An account on a live server. `connect()` opens a socket; `events` is what it heard."""

    def __init__(self, live, user):
        self.live, self.user, self.id, self.token = live, user, user["id"], user["token"]
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {self.token}"
        self.events, self.lock, self.socket, self.answers = [], threading.Condition(), None, {}

    @classmethod
    def sign_up(cls, live, name):
        live.backend.execute("UPDATE config SET value = 'true' WHERE key = 'ui.enable_signup'")
        live.backend.execute("UPDATE config SET value = '\"user\"' WHERE key = 'ui.default_user_role'")
        body = {"name": name, "email": f"{name}@example.com", "password": PASSWORD}
        answer = requests.post(live.url + "/api/v1/auths/signup", json=body, timeout=20)
        assert answer.status_code == 200, answer.text
        return cls(live, answer.json())

    def request(self, method, path, **kwargs):
        kwargs.setdefault("timeout", 30)
        return self.http.request(method, self.live.url + path, **kwargs)

    def get(self, path, **kwargs):
        return self.request("GET", path, **kwargs)

    def post(self, path, json=None, **kwargs):
        return self.request("POST", path, json=json, **kwargs)

    def delete(self, path, **kwargs):
        return self.request("DELETE", path, **kwargs)

    def connect(self, token=None):
        self.socket = socketio.Client(reconnection=False)
        # one after the other: by itself the client hears each event in a thread of its own, in any order
        hear = self.socket.eio._trigger_event
        self.socket.eio._trigger_event = lambda *args, **options: hear(*args, **{**options, "run_async": False})
        self.socket.on("*", self._heard)
        self.socket.connect(
            self.live.url,
            socketio_path="/ws/socket.io",
            transports=["websocket"],
            auth={"token": self.token if token is None else token},
            wait_timeout=10,
        )
        return self

    @property
    def sid(self):
        return self.socket.get_sid()

    def _heard(self, event, *data):
        payload = data[0] if data else None
        with self.lock:
            self.events.append((event, payload))
            self.lock.notify_all()
        kind = (payload.get("data") or {}).get("type") if isinstance(payload, dict) else None
        answer = self.answers.get(kind)
        return answer(payload) if callable(answer) else answer

    def wait(self, until, seconds=15):
        """The first event for which `until(event, payload)` holds. Fails the test if none comes."""
        end = time.time() + seconds
        with self.lock:
            while True:
                for event, payload in self.events:
                    if until(event, payload):
                        return payload
                left = end - time.time()
                if left <= 0:
                    raise AssertionError(f"no such event among {[kind(e, p) for e, p in self.events]}")
                self.lock.wait(left)

    def wait_kind(self, wanted, seconds=15, **inner):
        """The first `events` payload of this type whose data holds `inner`."""
        return self.wait(
            lambda event, p: (
                kind(event, p) == wanted and all((p["data"].get("data") or {}).get(k) == v for k, v in inner.items())
            ),
            seconds,
        )

    def kinds(self):
        return [kind(event, payload) for event, payload in self.events]

    def leave(self):
        if self.socket is not None and self.socket.connected:
            self.socket.disconnect()


def kind(event, payload):
    """`events` and its like by their inner type, others by name."""
    if isinstance(payload, dict) and isinstance(payload.get("data"), dict) and "type" in payload["data"]:
        return payload["data"]["type"]
    return event
