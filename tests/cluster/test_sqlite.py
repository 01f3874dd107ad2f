"""One SQLite file that another program holds for a while."""

import sqlite3
import threading
import time

import pytest

pytestmark = pytest.mark.live


@pytest.fixture
def file(live):
    if live.backend.kind != "sqlite":
        pytest.skip("about SQLite")
    return live.backend.folder / "webui.db"


def test_writes_wait_for_a_foreign_lock_and_reads_go_on(live, enter, file):
    ann = enter("ann")
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        answers = []
        settings = {"ui": {"theme": "dark"}}
        writer = threading.Thread(
            target=lambda: answers.append(ann.post("/api/v1/users/user/settings/update", settings).status_code)
        )
        writer.start()
        begun, reads = time.time(), 0
        while time.time() - begun < 2:
            assert ann.get("/api/v1/auths/").status_code == 200
            reads += 1
        assert answers == []
        # one greenlet waits for the lock; the others do not wait with it
        assert reads > 20
    finally:
        holder.execute("COMMIT")
        holder.close()
    writer.join(10)
    assert answers == [200]
    assert ann.get("/api/v1/users/user/settings").json() == settings
