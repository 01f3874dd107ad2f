"""A disk without room, or one that is read-only: said in words, nothing damaged, and over when it is over."""

import contextlib
import os
import pathlib
import subprocess
import sys

import pytest
import requests
from areas.test_turn import ask, rows
from conftest import REQUIRED, ROOT, SECRET, Backend, Live
from fakes import LivePerson

from cluster.conftest import eventually

pytestmark = pytest.mark.live


class Small:
    """A backend with its data on a file system of its own, and its log beside that."""

    kind = "sqlite"

    def __init__(self, data):
        self.data, self.folder = data, data.parent
        self.environ = {"DATA_DIR": str(data), "WEBUI_SECRET_KEY": SECRET, "GLOBAL_LOG_LEVEL": "error"}

    def execute(self, statement, *parameters):
        import sqlite3

        with sqlite3.connect(self.data / "webui.db", timeout=30) as connection:
            return connection.execute(statement, parameters).fetchall()


def mounted(*arguments):
    """Mounts; where that is not allowed the test is skipped, or fails where nothing may be."""
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True)
    if done.returncode:
        if REQUIRED:
            raise RuntimeError(f"the right to mount a file system is required here: {done.stderr}")
        pytest.skip("needs the right to mount a file system")


@pytest.fixture
def small(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    mounted("-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder))
    yield Small(folder)
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def disk(tmp_path):
    """A backend on a disk of its own that `disk.fail()` turns read-only, as the system does after a fault."""
    image, folder = tmp_path / "image", tmp_path / "disk"
    with image.open("wb") as file:
        file.truncate(64 * 2**20)
    folder.mkdir()
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
    mounted("-o", "loop,errors=remount-ro", str(image), str(folder))
    made = Small(folder)
    device = subprocess.check_output(["findmnt", "-n", "-o", "SOURCE", str(folder)], text=True).strip()
    made.fail = lambda: pathlib.Path(f"/sys/fs/ext4/{pathlib.Path(device).name}/trigger_fs_error").write_text("test")

    def replaced():
        subprocess.run(["umount", str(folder)], check=True)
        subprocess.run(["fsck.ext4", "-p", str(image)], check=False, capture_output=True)
        mounted("-o", "loop", str(image), str(folder))

    made.replaced = replaced
    yield made
    subprocess.run(["umount", "-l", str(folder)], check=True)


@contextlib.contextmanager
def read_only(folder):
    """Everything that is opened below `folder` meanwhile can only be read."""
    mounted("--bind", str(folder), str(folder))
    try:
        mounted("-o", "remount,bind,ro", str(folder))
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full_disk_is_said_and_damages_nothing(small):
    server = Live(small)
    try:
        ann = LivePerson.sign_up(server, "ann")
        path, big = "/api/v1/users/user/settings/update", {"ui": {"text": "y" * 400_000}}
        filler = small.data / "filler"
        file = os.open(filler, os.O_CREAT | os.O_WRONLY)
        with pytest.raises(OSError, match="No space"):
            while True:
                os.write(file, b"x" * 4096)
        os.close(file)
        uploads = {"file": ("big.bin", b"x" * 2_000_000)}
        upload = ann.request("POST", "/api/v1/files/?process=false", files=uploads)
        assert (upload.status_code, "disk is full" in upload.json()["detail"]) == (507, True)
        assert not [one for name in ("incoming", "uploads") for one in (small.data / name).glob("*")]
        answers = [ann.post(path, big) for _ in range(3)]
        assert 507 in {answer.status_code for answer in answers}
        assert "disk is full" in [answer.json()["detail"] for answer in answers if answer.status_code == 507][0]
        assert ann.get("/api/v1/auths/").status_code == 200
        filler.unlink()
        assert ann.post(path, big).status_code == 200
        assert ann.request("POST", "/api/v1/files/?process=false", files=uploads).status_code == 200
        assert small.execute("PRAGMA integrity_check") == [("ok",)]
    finally:
        server.stop()


def test_read_only_folder_is_said_at_the_start_and_nothing_is_lost(small):
    server = Live(small)
    ann = LivePerson.sign_up(server, "ann")
    server.stop()
    log, folder = small.folder / "log", small.folder / "read-only"
    folder.mkdir()
    mounted("--bind", str(small.data), str(folder))
    mounted("-o", "remount,bind,ro", str(folder))
    environ = {"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": str(server.port), **small.environ}
    environ["DATA_DIR"] = str(folder)
    with log.open("wb") as file:
        command = [sys.executable, "-m", "gunicorn"]
        done = subprocess.run(command, cwd=ROOT, env=environ, stdout=file, stderr=file, timeout=60)
    assert done.returncode != 0
    assert "DATA_DIR" in log.read_text()
    assert "read-only" in log.read_text().lower()
    assert "Traceback" not in log.read_text()
    subprocess.run(["umount", str(folder)], check=True)
    server.start()
    try:
        assert ann.get("/api/v1/auths/").status_code == 200
        assert small.execute("PRAGMA integrity_check") == [("ok",)]
    finally:
        server.stop()


SETTINGS = "/api/v1/users/user/settings/update"
UPLOAD = {"path": "/api/v1/files/?process=false", "files": {"file": ("a.bin", b"x" * 20_000)}}


def test_disk_that_turns_read_only_is_said_and_damages_nothing(disk, provider):
    server = Live(disk, OPENAI_API_BASE_URLS=provider.url + "/v1", OPENAI_API_KEYS="x", AUDIT_LOG_LEVEL="metadata")
    try:
        ann = LivePerson.sign_up(server, "ann").connect()
        ask(ann, "hello")
        ann.wait_kind("chat:active", active=False)
        ann.events.clear()
        answer, _, reply = ask(ann, "tokens=60 delay=0.03")
        ann.wait(lambda e, p: "word9 " in str(p))
        # what the system had not written yet would be lost with the disk
        os.sync()
        disk.fail()

        health = [ann.get(path) for path in ("/health", "/ready")]
        assert [one.status_code for one in health] == [200, 503]
        assert "data folder" in health[1].json()["detail"]
        refused = [ann.post(SETTINGS, {"ui": {"a": 1}}), ann.request("POST", **UPLOAD), ask(ann, "more")[0]]
        assert [one.status_code for one in refused] == [503] * 3
        assert all("cannot store" in one.json()["detail"] for one in refused)
        for path in ("/api/v1/auths/", "/api/v1/chats/?page=1", "/api/config"):
            assert ann.get(path).status_code == 200
        # what is running goes on to the page
        ann.wait(lambda e, p: "word59" in str(p))
        eventually(lambda: "a reply waits to be stored: The disk" in server.log())
        ann.leave()
    finally:
        server.stop()
    said = server.log()
    assert "The disk that holds the database refuses to be read or written" in said
    assert said.count("the audit log cannot be written") == 1
    assert "unhandled error" not in said
    assert "lightwell.http" not in said.partition("Traceback")[2]

    disk.replaced()
    assert disk.execute("PRAGMA integrity_check") == [("ok",)]
    server.start()
    try:
        assert ann.post(SETTINGS, {"ui": {"a": 1}}).status_code == 200
        _, kept, done = rows(server, answer.json()["chat_id"])[reply]
        assert done and "word8 " in kept
    finally:
        server.stop()


def test_read_only_data_folder_is_said_and_recovers_by_itself(backend, provider, tmp_path):
    """The database goes on (an open file, or a server); what lies in the folder does not."""
    made = Backend(backend.kind, tmp_path)
    data = tmp_path / "data"
    made.environ = {**backend.environ, **made.environ, "DATA_DIR": str(data), "AUDIT_LOG_LEVEL": "metadata"}
    made.environ["FRONTEND_BUILD_DIR"] = str(ROOT / "data" / "frontend")
    server = Live(made)
    made.execute = made.execute if made.kind == "postgres" else Small(data).execute
    try:
        ann = LivePerson.sign_up(server, "ann").connect()
        with read_only(data):
            ready = ann.get("/ready")
            assert (ready.status_code, "data folder" in ready.json()["detail"]) == (503, True)
            upload = ann.request("POST", **UPLOAD)
            assert (upload.status_code, "cannot store files" in upload.json()["detail"]) == (503, True)
            page = requests.get(server.url + "/", headers={"Accept-Encoding": "zstd"}, timeout=10)
            assert (page.status_code, page.headers.get("Content-Encoding")) == (200, None)
            answer, _, reply = ask(ann, "hello")
            ann.wait_kind("chat:active", active=False)
        if made.kind == "postgres":
            assert rows(server, answer.json()["chat_id"])[reply][2]
        assert ann.get("/ready").status_code == 200
        assert ann.request("POST", **UPLOAD).status_code == 200
        ann.events.clear()
        again, _, reply = ask(ann, "hello")
        ann.wait_kind("chat:active", active=False)
        assert rows(server, again.json()["chat_id"])[reply][2]
        eventually(lambda: "the audit log is written again" in server.log())
        assert "Read-only file system" in server.log()
        assert "read-only. Mount it writable" in server.log()
        assert "unhandled error" not in server.log()
        ann.leave()
    finally:
        server.stop()
        made.close()
