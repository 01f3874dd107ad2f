"""`flask db status` and `flask db copy`, run as an operator runs them."""

import json
import os
import sqlite3
import subprocess
import sys

import pytest
from conftest import BACKENDS, ROOT, Backend

ODD = {"text": "tab\there ünï 🎈", "half": 1.5, "none": None, "list": [1, True, "a"]}


def flask(folder, *arguments):
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "flask", *arguments],
        cwd=ROOT,
        env=environ | {"DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    return done


def url(backend):
    return backend.environ.get("DATABASE_URL") or f"sqlite:///{backend.folder / 'webui.db'}"


@pytest.fixture
def other(tmp_path):
    """`other("postgres")`: a further database of that kind."""
    made = []

    def make(kind):
        if kind not in BACKENDS:
            pytest.skip("needs PostgreSQL")
        folder = tmp_path / f"{kind}{len(made)}"
        folder.mkdir()
        made.append(Backend(kind, folder))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def filled(app, backend, admin, login):
    """The test's database with accounts, odd JSON, both kinds of null, and rows whose parent is gone."""
    login("ann")
    now = 1700000000
    columns = "id, user_id, name, parent_id, items, meta, created_at, updated_at, is_expanded"
    folder = f"INSERT INTO folder ({columns}) VALUES "
    backend.execute(folder + "('f1', ?, 'Über', NULL, 'null', ?, ?, ?, true)", admin.id, json.dumps(ODD), now, now)
    backend.execute(folder + "('f2', ?, 'b', 'f1', NULL, '{}', ?, ?, false)", admin.id, now, now)
    group = "INSERT INTO \"group\" (id, user_id, name, description, parent_group_id) VALUES (?, ?, ?, '', ?)"
    backend.execute(group, "z-parent", admin.id, "parent", None)
    backend.execute(group, "a-child", admin.id, "child", "z-parent")
    memory = "INSERT INTO memory (id, user_id, content, updated_at, created_at) VALUES "
    values = ", ".join(f"('m{number:05}', 'u', 'memory {number}', 1, {number})" for number in range(1300))
    backend.execute(memory + values)
    return backend


def rows(backend, table, order="id"):
    """A table's rows as text, in an order that both databases agree on."""
    casts = {"postgres": "row_to_json(t)::text"}
    if backend.kind == "postgres":
        found = [json.loads(row[0]) for row in backend.execute(f'SELECT {casts["postgres"]} FROM "{table}" t')]
    else:
        connection = sqlite3.connect(backend.folder / "webui.db")
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute(f'SELECT * FROM "{table}"')]
        connection.close()
    return sorted((row[order] for row in found), key=str), len(found)


def test_status_of_empty_current_and_foreign(filled, other, tmp_path):
    assert "current" in flask(tmp_path, "db", "status", url(filled)).stdout
    empty = other("sqlite")
    assert "empty" in flask(tmp_path, "db", "status", url(empty)).stdout
    with sqlite3.connect(empty.folder / "webui.db") as connection:
        connection.execute("CREATE TABLE user (id TEXT)")
    answer = flask(tmp_path, "db", "status", url(empty))
    assert (answer.returncode, "half_made" in answer.stdout) == (1, True)


def test_status_of_an_older_database_names_the_way_on(filled, other, tmp_path):
    target = other("sqlite")
    assert flask(tmp_path, "db", "copy", url(filled), url(target)).returncode == 0
    target.execute("UPDATE alembic_version SET version_num = 'ca81bd47c050'")
    answer = flask(tmp_path, "db", "status", url(target))
    assert answer.returncode == 1
    assert "older" in answer.stdout
    target.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    assert "newer" in flask(tmp_path, "db", "status", url(target)).stdout
    target.execute("UPDATE alembic_version SET version_num = (SELECT '0bd252b206fb')")
    target.execute("ALTER TABLE memory DROP COLUMN content")
    answer = flask(tmp_path, "db", "status", url(target))
    assert answer.returncode == 1
    assert "half_made" in answer.stdout and "memory.content" in answer.stdout
    foreign = other("sqlite")
    foreign.execute("CREATE TABLE tag (id TEXT)")
    answer = flask(tmp_path, "db", "status", url(foreign))
    assert (answer.returncode, "foreign" in answer.stdout) == (1, True)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_copy_there_and_back_is_the_same(filled, other, tmp_path, kind):
    target, again = other(kind), other(filled.kind)
    first = flask(tmp_path, "db", "copy", url(filled), url(target))
    assert first.returncode == 0, first.stderr
    second = flask(tmp_path, "db", "copy", url(target), url(again))
    assert second.returncode == 0, second.stderr
    for table in ("user", "auth", "memory", "folder", "group"):
        assert rows(again, table) == rows(filled, table) == rows(target, table)
    assert rows(again, "config", "key") == rows(filled, "config", "key")
    select = "SELECT CAST(items AS text), CAST(meta AS text) FROM folder ORDER BY id"
    for copied in (target, again):
        found = copied.execute(select)
        assert found[0][0] == "null"
        assert json.loads(found[0][1]) == ODD
        assert found[1][0] is None
        assert copied.execute("SELECT parent_group_id FROM \"group\" WHERE id = 'a-child'")[0][0] == "z-parent"


def test_copied_accounts_sign_in(filled, other, tmp_path):
    target = other("sqlite")
    assert flask(tmp_path, "db", "copy", url(filled), url(target)).returncode == 0
    assert target.execute("SELECT password FROM auth ORDER BY id") == filled.execute(
        "SELECT password FROM auth ORDER BY id"
    )


def test_copy_into_data_is_refused(filled, other, tmp_path):
    target = other("sqlite")
    assert flask(tmp_path, "db", "copy", url(filled), url(target)).returncode == 0
    answer = flask(tmp_path, "db", "copy", url(filled), url(target))
    assert answer.returncode == 1
    assert "holds data already" in answer.stderr


def test_interrupted_copy_goes_on(filled, other, tmp_path):
    """A copy killed after some tables: the notes are there, the rest follows, nothing twice."""
    target = other("sqlite")
    code = (
        "from utils.operations import commands, copying; commands.bare()\n"
        "from models import database, schema\n"
        "from models.base import database as handle\n"
        "from utils.settings import environment\n"
        f"options = environment.current().database_options\n"
        f"source = database.made({url(filled)!r}, options)\n"
        f"database.bind({url(target)!r}, options); schema.prepare()\n"
        "work = copying.Copy(source, handle.obj); seen = []\n"
        "def stop(rows):\n"
        "    seen.append(rows)\n"
        "    if len(seen) == 3: raise SystemExit(9)\n"
        "work.run(stop)\n"
    )
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environ["DATA_DIR"] = str(tmp_path)
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, timeout=60).returncode == 9
    answer = flask(tmp_path, "db", "copy", url(filled), url(target))
    assert answer.returncode == 0, answer.stderr
    assert rows(target, "user") == rows(filled, "user")
    assert not target.execute("SELECT name FROM sqlite_master WHERE name = 'lightwell_copy'")


def made(backend, tmp_path):
    """The backend with the schema and nothing in it."""
    code = (
        "from utils.operations import commands; commands.bare()\n"
        "from models import database, schema\n"
        "from utils.settings import environment\n"
        f"database.bind({url(backend)!r}, environment.current().database_options); schema.prepare()\n"
    )
    environ = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ | {"DATA_DIR": str(tmp_path)}, check=True)
    return backend


MEMORY = "INSERT INTO memory (id, user_id, content, created_at, updated_at) VALUES "
FOLDER = "INSERT INTO folder (id, user_id, name, is_expanded, items, created_at, updated_at) VALUES "


@pytest.mark.parametrize("kind", BACKENDS)
def test_what_sqlite_takes_by_mistake_is_carried_as_what_it_means(other, tmp_path, kind):
    source, target, again = made(other("sqlite"), tmp_path), other(kind), other("sqlite")
    source.execute(MEMORY + "('bytes', 'u', ?, 1, 1)", b"caf\xc3\xa9")
    source.execute(MEMORY + "('broken', 'u', CAST(x'ff41eda080' AS text), 1.0, '2')")
    source.execute(MEMORY + "('huge', 'u', ?, 1, ?)", "ü" * 10_000_000, 2**62)
    source.execute(FOLDER + "('f', 'u', 'n', 'true', ?, 1, 1)", '{"a": NaN, "b": "x\\u0000y", "c": "\\ud800"}')
    for one, there in ((source, target), (target, again)):
        done = flask(tmp_path, "db", "copy", url(one), url(there))
        assert done.returncode == 0, done.stderr
        found = dict(there.execute("SELECT id, content FROM memory"))
        assert found.pop("huge") == "ü" * 10_000_000
        assert found == {"bytes": "café", "broken": "\ufffdA" + "\ufffd" * 3}
        (folder,) = there.execute("SELECT is_expanded, CAST(items AS text) FROM folder")
        assert (bool(folder[0]), json.loads(folder[1])) == (True, {"a": None, "b": "xy", "c": "?"})
        assert there.execute("SELECT updated_at FROM memory WHERE id = 'huge'") == [(2**62,)]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (MEMORY + "('m1', 'u', 't', 'soon', 1)", "{'id': 'm1'} holds what its column cannot mean"),
        (MEMORY + "('m1', 'u', 't', 1e30, 1)", "out of range"),
        (MEMORY + "('m1', 'u', 'a', 1, 1), ('m1' || char(0), 'u', 'b', 1, 1)", "already exists"),
        (FOLDER + f"('m1', 'u', 'n', 0, '{'[' * 3000 + ']' * 3000}', 1, 1)", "nested too deeply"),
    ],
)
def test_a_row_that_cannot_be_carried_is_named(other, tmp_path, statement, said):
    source, target = made(other("sqlite"), tmp_path), other("postgres")
    source.execute(statement)
    answer = flask(tmp_path, "db", "copy", url(source), url(target))
    assert answer.returncode == 1
    assert said in answer.stderr
    assert "m1" in answer.stderr
    table = statement.split()[2]
    source.execute(f"DELETE FROM {table}")
    assert flask(tmp_path, "db", "copy", url(source), url(target)).returncode == 0


def test_what_did_not_arrive_as_it_was_is_said(filled, other, tmp_path):
    target = made(other("sqlite"), tmp_path)
    target.execute(
        "CREATE TRIGGER wrong AFTER INSERT ON memory WHEN NEW.id = 'm00007' BEGIN "
        "UPDATE memory SET content = 'changed' WHERE id = 'm00007'; END"
    )
    answer = flask(tmp_path, "db", "copy", url(filled), url(target))
    assert answer.returncode == 1
    assert "memory: what arrived is not what was sent" in answer.stderr


def test_orphans_stay_behind_where_foreign_keys_hold(other, tmp_path):
    source, target = made(other("sqlite"), tmp_path), other("postgres")
    empty = other("sqlite")
    assert flask(tmp_path, "db", "status", url(empty)).returncode == 0
    source.execute("INSERT INTO api_key VALUES ('key_gone', 'gone', 'sk-1', NULL, NULL, NULL, 1, 1)")
    source.execute(
        "INSERT INTO \"group\" (id, user_id, name, description, parent_group_id) VALUES ('g', 'u', ?, '', 'gone')",
        "nul\x00here",
    )
    answer = flask(tmp_path, "db", "copy", url(source), url(target))
    assert answer.returncode == 0, answer.stderr
    assert "1 of api_key" in answer.stdout
    assert target.execute('SELECT name, parent_group_id FROM "group"') == [("nulhere", None)]
