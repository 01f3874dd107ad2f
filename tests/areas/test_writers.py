"""Writers of one process on SQLite wait for each other in a line, and do not ask the database meanwhile."""

import threading

import pytest
from areas.test_turn import until

from models import database
from models.base import database as handle
from models.users import User


@pytest.fixture
def begun(app, backend, monkeypatch):
    """What has begun to write since: names of threads, in order."""
    if backend.kind != "sqlite":
        pytest.skip("about SQLite")
    names, kept = [], type(handle.obj).begin

    def begin(self, *args, **kwargs):
        names.append(threading.current_thread().name)
        return kept(self, *args, **kwargs)

    monkeypatch.setattr(type(handle.obj), "begin", begin)
    return names


def test_a_transaction_waits_without_asking(begun):
    inside, leave, ended = threading.Event(), threading.Event(), []

    def first():
        with database.write():
            inside.set()
            leave.wait(10)
        ended.append("first")
        database.release()

    def second():
        inside.wait(10)
        with database.write():
            ended.append("second")
        database.release()

    def third():
        inside.wait(10)
        User.update(bio="x").where(User.id == "nobody").execute()
        ended.append("third")
        database.release()

    threads = [threading.Thread(target=one, name=one.__name__, daemon=True) for one in (first, second, third)]
    for one in threads:
        one.start()
    until(inside.is_set)
    for one in threads[1:]:
        one.join(0.3)
    assert (begun, ended) == (["first"], [])
    leave.set()
    for one in threads:
        one.join(10)
    assert ended[0] == "first" and sorted(ended) == ["first", "second", "third"]


def test_a_failed_transaction_leaves_the_line(begun):
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), database.write():
            raise ZeroDivisionError
    assert len(begun) == 2
