"""A bucket over a real socket: what S3 answers to putting, getting, listing and deleting objects."""

import re
import threading
import urllib.parse

from served import Handler, Served


class Bucket(Served):
    """A store whose only bucket is `files`: `url`; `objects` by key, `tags` by key; `down` makes every answer a 503,
    readers wait until `free` is set."""

    def __init__(self):
        self.objects, self.tags, self.down, self.gets = {}, {}, False, 0
        self.free = threading.Event()
        self.free.set()
        super().__init__(_Handler)


class _Handler(Handler):
    owner: Bucket

    def _split(self):
        parts = urllib.parse.urlsplit(self.path)
        key = urllib.parse.unquote(parts.path).split("/", 2)[2:]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return (key or [""])[0], urllib.parse.parse_qs(parts.query, keep_blank_values=True), body

    def _answer(self, body=b"", status=200):
        if self.owner.down:
            body, status = b"<Error><Code>SlowDown</Code></Error>", 503
        elif self.path.split("/")[1].split("?")[0] != "files":
            body, status = b"<Error><Code>NoSuchBucket</Code><Message>no such bucket</Message></Error>", 404
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"0"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_PUT(self):
        key, query, body = self._split()
        if not self.owner.down:
            assert self.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=key-id/")
            if "tagging" in query:
                self.owner.tags[key] = dict(
                    re.findall(r"<Key>(.*?)</Key><Value>(.*?)</Value>", body.decode(), re.DOTALL)
                )
            else:
                self.owner.objects[key] = body
        self._answer()

    def do_GET(self):
        key, query, _ = self._split()
        if "list-type" in query:
            prefix = query.get("prefix", [""])[0]
            found = [f"<Contents><Key>{k}</Key></Contents>" for k in sorted(self.owner.objects) if k.startswith(prefix)]
            return self._answer(f"<ListBucketResult>{''.join(found)}</ListBucketResult>".encode())
        if key not in self.owner.objects:
            return self._answer(b"<Error><Code>NoSuchKey</Code></Error>", 404)
        self.owner.gets += self.command == "GET"
        self.owner.free.wait(60)
        return self._answer(self.owner.objects[key])

    do_HEAD = do_GET

    def do_DELETE(self):
        key, _, _ = self._split()
        if not self.owner.down:
            self.owner.objects.pop(key, None)
        self._answer(status=204)

    def do_POST(self):
        _, _, body = self._split()
        for key in re.findall(r"<Key>(.*?)</Key>", body.decode()):
            self.owner.objects.pop(key, None)
        self._answer(b"<DeleteResult></DeleteResult>")
