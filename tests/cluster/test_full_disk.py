"""A disk without room, or one that is read-only: said in words, nothing damaged, and over when it is over."""

import os
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT, SECRET, Live
from fakes import LivePerson

pytestmark = pytest.mark.live


class Small:
    """A backend on a file system of a few megabytes."""

    kind = "sqlite"

    def __init__(self, folder):
        self.folder = folder
        self.environ = {"DATA_DIR": str(folder), "WEBUI_SECRET_KEY": SECRET, "GLOBAL_LOG_LEVEL": "error"}

    def execute(self, statement, *parameters):
        import sqlite3

        with sqlite3.connect(self.folder / "webui.db", timeout=30) as connection:
            return connection.execute(statement, parameters).fetchall()


@pytest.fixture
def small(tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount a file system")
    yield Small(folder)
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full_disk_is_said_and_damages_nothing(small):
    server = Live(small)
    try:
        ann = LivePerson.sign_up(server, "ann")
        path, big = "/api/v1/users/user/settings/update", {"ui": {"text": "y" * 400_000}}
        filler = small.folder / "filler"
        file = os.open(filler, os.O_CREAT | os.O_WRONLY)
        with pytest.raises(OSError, match="No space"):
            while True:
                os.write(file, b"x" * 4096)
        os.close(file)
        uploads = {"file": ("big.bin", b"x" * 2_000_000)}
        upload = ann.request("POST", "/api/v1/files/?process=false", files=uploads)
        assert (upload.status_code, "disk is full" in upload.json()["detail"]) == (507, True)
        assert not [one for name in ("incoming", "uploads") for one in (small.folder / name).glob("*")]
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
    log, folder = small.folder.parent / "log", small.folder.parent / "read-only"
    folder.mkdir()
    subprocess.run(["mount", "--bind", str(small.folder), str(folder)], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
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
