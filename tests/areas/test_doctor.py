"""`flask doctor` and starts that fail, as an operator meets them."""

import os
import socket
import subprocess
import sys

import pytest
from conftest import ROOT


def run(*command, **environ):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=kept | environ, capture_output=True, text=True, timeout=60
    )


def test_doctor_tells_of_everything_without_secrets(app, backend, provider):
    secret = "sk-very-secret-value-123"
    done = run("flask", "doctor", **backend.environ, OPENAI_API_KEY=secret, METRICS_TOKEN="hush-hush-hush")
    assert "lightwell    0." in done.stdout
    assert f"files        {backend.folder / 'uploads'}" in done.stdout
    assert "current, revision" in done.stdout
    assert f"{provider.url}/v1: status 200" in done.stdout
    assert "METRICS_TOKEN = (secret" in done.stdout
    for hidden in (secret, "hush-hush-hush", backend.environ["WEBUI_SECRET_KEY"]):
        assert hidden not in done.stdout + done.stderr


def test_doctor_names_what_is_wrong(tmp_path):
    done = run("flask", "doctor", DATA_DIR=str(tmp_path), DATABASE_URL="postgresql://me:pw@127.0.0.1:1/x")
    assert done.returncode == 1
    assert "does not accept connections" in done.stdout
    assert "me:pw" not in done.stdout


@pytest.mark.live
@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"DATABASE_URL": "mysql://x/y"}, "sqlite:///"),
        ({"DATABASE_URL": "postgresql://me:hush-hush@127.0.0.1:many/x"}, "DATABASE_URL cannot be read"),
        ({"DATABASE_URL": "postgresql://me:hush-hush@127.0.0.1:1/x?nonsense=1"}, "nonsense"),
        ({"REDIS_URL": "redis://:hush-hush@127.0.0.1:6379/x?nonsense=hush-hush"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://127.0.0.1", "WEBSOCKET_REDIS_OPTIONS": '{"password": "hush-hush"'}, "OPTIONS"),
        ({"DATABASE_URL": "postgresql://me@no-such-host.invalid/x"}, "not known"),
        ({"DATA_DIR": "/proc/none/data"}, "DATA_DIR"),
        ({"REDIS_URL": "http://127.0.0.1"}, "redis://host"),
        ({"WEB_CONCURRENCY": "3"}, "REDIS_URL"),
        ({"PORT": "many"}, "PORT"),
    ],
)
def test_start_that_cannot_succeed_says_why(tmp_path, environ, said):
    done = run("gunicorn", **{"DATA_DIR": str(tmp_path), "HOST": "127.0.0.1", "PORT": "0", **environ})
    assert done.returncode != 0
    assert said in done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
    assert "hush-hush" not in done.stderr + done.stdout


@pytest.mark.live
def test_damaged_database_file_is_named(tmp_path):
    (tmp_path / "webui.db").write_text("this is no database at all")
    done = run("gunicorn", DATA_DIR=str(tmp_path), HOST="127.0.0.1", PORT="0")
    assert done.returncode != 0
    assert "damaged" in done.stderr + done.stdout


@pytest.mark.live
def test_postgres_without_rights_is_said(app, backend, tmp_path):
    if backend.kind != "postgres":
        pytest.skip("about PostgreSQL")
    role, url = f"{backend.name}_poor", backend.environ["DATABASE_URL"]
    backend.execute(f'CREATE ROLE "{role}" LOGIN')
    try:
        poor = url.replace("postgres@", f"{role}@")
        for one, said in (
            (poor, "lacks rights"),
            (url.rpartition("/")[0] + "/lightwell_no_such_database", "createdb"),
            (url.replace("postgres@", "lightwell_nobody@"), "does not exist on the database server"),
        ):
            done = run("gunicorn", DATA_DIR=str(tmp_path), HOST="127.0.0.1", PORT="0", DATABASE_URL=one)
            assert done.returncode == 4
            assert said in done.stderr + done.stdout
            assert "Traceback" not in done.stderr + done.stdout
            assert said in run("flask", "doctor", DATA_DIR=str(tmp_path), DATABASE_URL=one).stdout
    finally:
        backend.execute(f'DROP ROLE "{role}"')


@pytest.mark.live
def test_postgres_that_may_only_be_read_is_said(app, backend, tmp_path):
    if backend.kind != "postgres":
        pytest.skip("about PostgreSQL")
    role, url = f"{backend.name}_reader", backend.environ["DATABASE_URL"]
    backend.execute(f'CREATE ROLE "{role}" LOGIN')
    backend.execute(f'GRANT USAGE ON SCHEMA public TO "{role}"')
    backend.execute(f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{role}"')
    reader = url.replace("postgres@", f"{role}@")
    only_read = url + "?options=-cdefault_transaction_read_only%3Don"
    try:
        for one, said in ((reader, "lacks rights"), (only_read, "can only be read")):
            done = run("gunicorn", DATA_DIR=str(tmp_path), HOST="127.0.0.1", PORT="0", DATABASE_URL=one)
            assert done.returncode == 4, done.stderr
            assert said in done.stderr
            assert said in run("flask", "doctor", DATA_DIR=str(tmp_path), DATABASE_URL=one).stdout
            assert run("flask", "db", "status", DATA_DIR=str(tmp_path), DATABASE_URL=one).returncode == 0
    finally:
        backend.execute(f'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM "{role}"')
        backend.execute(f'REVOKE ALL ON SCHEMA public FROM "{role}"')
        backend.execute(f'DROP ROLE "{role}"')


@pytest.mark.live
def test_database_server_that_never_answers_is_said(tmp_path):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        url = f"postgresql://me@127.0.0.1:{silent.getsockname()[1]}/x?connect_timeout=2"
        for command in (("gunicorn",), ("flask", "doctor")):
            done = run(*command, DATA_DIR=str(tmp_path), HOST="127.0.0.1", PORT="0", DATABASE_URL=url)
            assert done.returncode in (1, 4)
            assert "does not accept connections" in done.stderr + done.stdout
