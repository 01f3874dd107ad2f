"""A tool server over a real socket: OpenAPI at /openapi.json, MCP at /mcp; it keeps what it was asked."""

import base64
import json
import socket
import time

from served import Handler, Served

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "Ships", "version": "1"},
    "paths": {
        "/crew/{ship}": {
            "get": {
                "operationId": "crew_size",
                "summary": "How many sail",
                "parameters": [
                    {"name": "ship", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "all", "in": "query", "schema": {"type": "boolean"}},
                ],
            }
        },
        "/launch": {
            "post": {
                "operationId": "launch",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ship"}}}},
            }
        },
        "/page": {"get": {"operationId": "page"}},
        "/picture": {"get": {"operationId": "picture"}},
        "/fail": {"get": {"operationId": "fail"}},
        "/list": {"get": {"operationId": "listing"}},
        "/slow": {"get": {"operationId": "slow"}},
        "/moved": {"get": {"operationId": "moved"}},
        "/huge": {"get": {"operationId": "huge"}},
        "/time": {"get": {"operationId": "get_current_timestamp"}},
    },
    "components": {
        "schemas": {
            "Ship": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "twin": {"$ref": "#/components/schemas/Ship"}},
                "required": ["name"],
            }
        }
    },
}


class ToolServer(Served):
    """`url`; `requests` is what it was asked: method, path, headers, body. `leads_to`: where `/moved` is
    now; `dies_at`: the MCP method at which it hangs up."""

    def __init__(self):
        self.requests, self.leads_to, self.dies_at = [], "", ""
        super().__init__(_Handler)

    def calls(self):
        """What was asked beside the description."""
        return [one for one in self.requests if one["path"] != "/openapi.json"]


class _Handler(Handler):
    owner: ToolServer

    def out(self, value, status=200, kind="application/json", **headers):
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        self.wfile.write(data)

    def answer(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(raw) if raw else None
        self.owner.requests.append(
            {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body}
        )
        path = self.path.split("?")[0]
        if path == "/mcp":
            return self.mcp(body or {})
        if path.startswith("/crew/"):
            return self.out({"crew": 12})
        if path == "/slow":
            time.sleep(20)
        answers = {
            "/openapi.json": lambda: self.out(SPEC),
            "/launch": lambda: self.out({"launched": body}),
            "/page": lambda: self.out(b"<h1>Hi</h1>", kind="text/html", Content_Disposition="inline"),
            "/picture": lambda: self.out(base64.b64decode(PIXEL), kind="image/png"),
            "/fail": lambda: self.out({"detail": "it broke"}, 500),
            "/list": lambda: self.out([1, 2]),
            "/moved": lambda: self.out({}, 307, Location=self.owner.leads_to),
            "/huge": lambda: self.out("x" * (2**22 + 7)),
            "/time": lambda: self.out({"mine": True}),
        }
        return answers.get(path, lambda: self.out({"detail": "nothing"}, 404))()

    do_GET = do_POST = do_DELETE = answer

    def mcp(self, message):
        if "id" not in message:
            return self.out(b"", 202)
        results = {
            "initialize": {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "t"}},
            "tools/list": {"tools": [{"name": "depth", "description": "How deep", "inputSchema": {"type": "object"}}]},
            "tools/call": {"content": [{"type": "text", "text": "eleven fathoms"}]},
        }
        if message["method"] == self.owner.dies_at:
            self.close_connection = True
            return self.connection.shutdown(socket.SHUT_RDWR)
        if message["method"] not in results:
            error = {"code": -32601, "message": "no such method"}
            return self.out({"jsonrpc": "2.0", "id": message["id"], "error": error})
        answer = {"jsonrpc": "2.0", "id": message["id"], "result": results[message["method"]]}
        if message["method"] == "tools/call":
            frame = b"event: message\ndata: " + json.dumps(answer).encode() + b"\n\n"
            return self.out(frame, kind="text/event-stream")
        return self.out(answer, Mcp_Session_Id="session-1")
