"""The repository holds what it promises: sizes, pins, the status table, the example environment."""

import configparser
import os
import pathlib
import re
import subprocess
import sys

from tests.house import status

ROOT = pathlib.Path(__file__).resolve().parents[2]
LONGEST_FILE = 500


def sources():
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return [name for name in listed.split() if not name.startswith("tests/")]


def test_no_file_is_too_long():
    long = {name: n for name in sources() if (n := (ROOT / name).read_text().count("\n")) > LONGEST_FILE}
    assert not long


def test_every_dependency_is_pinned():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    wanted = re.findall(r"^([A-Za-z0-9_.-]+)", config["options"]["install_requires"], re.MULTILINE)
    pinned = set(re.findall(r"^([a-z0-9_.-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    assert {re.sub(r"[-_.]+", "-", name).lower() for name in wanted} <= pinned


def test_the_status_table_is_true(built_app):
    assert status.stated() == status.built(built_app), "run `make status`"


def test_a_lone_process_carries_no_library_that_it_does_not_use(tmp_path):
    code = (
        "import sys; import app; app.create_app(); import utils.jobs.storage; print(*sys.modules); sys.stdout.flush(); "
    )
    code += "import os; os._exit(0)"
    environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path), "GLOBAL_LOG_LEVEL": "error"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=True)
    found = set(done.stdout.split())
    assert {"app", "huey", "jwt", "socketio"} <= found
    assert not found & {"redis", "asyncio", "cryptography", "opentelemetry", "boto3", "zstandard"}


def test_the_example_environment_names_known_variables():
    from config import variable_names
    from utils.settings import setting
    from utils.settings.known import KNOWN_VARIABLES

    named = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    ours = {"LIGHTWELL_GRACE_SECONDS"}
    assert named
    assert named <= variable_names() | setting.declared_variables() | KNOWN_VARIABLES | ours
