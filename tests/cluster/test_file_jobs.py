"""kill -9 while a file is processed: the next server does it (retrieval.md 1)."""

import sqlite3

import pytest
from conftest import Backend, Live
from fakes import LivePerson
from s3server import Bucket

from cluster.conftest import eventually

pytestmark = pytest.mark.live


@pytest.fixture
def bucket():
    made = Bucket()
    yield made
    made.free.set()
    made.close()


def test_a_file_whose_server_was_killed_is_processed_by_the_next(backend, bucket, tmp_path):
    made = Backend(backend.kind, tmp_path)
    made.environ = {**backend.environ, **made.environ}
    s3 = {"STORAGE_PROVIDER": "s3", "S3_BUCKET_NAME": "files", "S3_ENDPOINT_URL": bucket.url}
    keys = {"S3_ACCESS_KEY_ID": "key-id", "S3_SECRET_ACCESS_KEY": "s", "S3_REGION_NAME": "eu-central-1"}
    server = Live(made, **s3, **keys, S3_ADDRESSING_STYLE="path", STORAGE_LOCAL_CACHE="false")
    try:
        ann = LivePerson.sign_up(server, "ann")
        bucket.free.clear()
        sent = ann.request("POST", "/api/v1/files/", files={"file": ("a.txt", b"kept", "text/plain")}).json()
        eventually(lambda: bucket.gets == 1)
        path = f"/api/v1/files/{sent['id']}"
        assert ann.get(path).json()["data"]["status"] == "processing"
        server.kill()
        bucket.free.set()
        if made.kind == "sqlite":
            # as if the lease of the killed process had run out
            with sqlite3.connect(tmp_path / "jobs.db") as jobs:
                assert jobs.execute("UPDATE lease SET until = 0").rowcount == 1
        server.start()
        eventually(lambda: ann.get(path).json()["data"].get("content") == "kept", seconds=75)
        assert ann.get(path).json()["data"]["status"] == "completed"
    finally:
        server.stop()
        made.close()
