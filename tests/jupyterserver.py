"""A scripted Jupyter server over real sockets: kernels over HTTP, their messages over a websocket."""

import contextlib
import json

import simple_websocket
from served import Handler, Served

PASSWORD, TOKEN = "open sesame", "jupyter-token"


def stream(text, name="stdout"):
    return "stream", {"name": name, "text": text}


def shown(kind="execute_result", **data):
    return kind, {"data": {name.replace("_", "/"): value for name, value in data.items()}}


def error(*lines):
    return "error", {"ename": "E", "evalue": "v", "traceback": list(lines)}


class JupyterServer(Served):
    """`url`; `says` are the messages (type, content) that answer any code; `codes` is what was sent,
    `kernels` what is alive, `requests` (method, path, headers). `doors`: "token" or "password";
    `hangs_up`: the channel closes instead of answering; `silent`: it never becomes idle."""

    def __init__(self):
        self.says, self.codes, self.kernels, self.requests = [], [], [], []
        self.doors, self.hangs_up, self.silent = "token", False, False
        super().__init__(_Handler)


class _Handler(Handler):
    owner: JupyterServer

    def out(self, status, value=None, cookies=()):
        data = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for cookie in cookies:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(data)

    @property
    def is_open(self):
        if self.owner.doors == "token":
            return self.headers.get("Authorization") == f"token {TOKEN}"
        # its cookie is named after the whole host, as the real one's is
        return f"username-{self.headers['Host'].replace('.', '-').replace(':', '-')}=in" in self.headers.get(
            "Cookie", ""
        )

    def do_GET(self):
        self.owner.requests.append(("GET", self.path, dict(self.headers)))
        if self.path == "/login":
            return self.out(200, cookies=["_xsrf=seal; Path=/"])
        if not self.is_open or self.path.split("/")[3] not in self.owner.kernels:
            return self.out(403)
        return self.channel()

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.owner.requests.append(("POST", self.path, dict(self.headers)))
        if self.path == "/login":
            if (
                body != f"_xsrf=seal&password={PASSWORD.replace(' ', '+')}"
                or "_xsrf=seal" not in self.headers["Cookie"]
            ):
                return self.out(401)
            name = self.headers["Host"].replace(".", "-").replace(":", "-")
            return self.out(302, cookies=[f"username-{name}=in; HttpOnly; Path=/"])
        if not self.is_open:
            return self.out(403)
        self.owner.kernels.append(f"kernel-{len(self.owner.codes)}")
        return self.out(201, {"id": self.owner.kernels[-1]})

    def do_DELETE(self):
        self.owner.requests.append(("DELETE", self.path, dict(self.headers)))
        self.owner.kernels.remove(self.path.split("/")[3])
        self.out(204)

    def channel(self):
        self.close_connection = True
        environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in self.headers.items()}
        socket = simple_websocket.Server({**environ, "werkzeug.socket": self.connection})
        asked = json.loads(socket.receive())
        self.owner.codes.append(asked["content"]["code"])
        if self.owner.hangs_up:
            return socket.close()

        def say(kind, content, parent=None):
            parent = asked["header"] if parent is None else parent
            socket.send(json.dumps({"msg_type": kind, "parent_header": parent, "content": content, "channel": "iopub"}))

        say("status", {"execution_state": "idle"}, parent={"msg_id": "of somebody else"})
        say("status", {"execution_state": "busy"})
        for kind, content in self.owner.says:
            say(kind, content)
        if not self.owner.silent:
            say("status", {"execution_state": "idle"})
        with contextlib.suppress(simple_websocket.ConnectionClosed):
            socket.receive()
