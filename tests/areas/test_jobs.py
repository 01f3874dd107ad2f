"""Durable jobs: done once queued, tried again, limited, given back by workers that died."""

import sys
import threading
import time
import types

import pytest

from models import large
from utils.jobs import queue, spawn, timers

did = []
gate = threading.Event()
running = [0, 0]


@queue.job("test-note")
def note(value):
    did.append(value)


@queue.job("test-flaky", retries=2, retry_delay=0)
def flaky(value):
    did.append(value)
    if len(did) < 3:
        raise ValueError("not yet")


@queue.job("test-slow", limit=2, depth=5)
def slow(value):
    running[0] += 1
    running[1] = max(running)
    gate.wait(10)
    running[0] -= 1
    did.append(value)


@queue.job("test-orphan")
def orphan(value):
    did.append(value)


def until(check, seconds=10):
    end = time.time() + seconds
    while not check():
        assert time.time() < end, did
        time.sleep(0.02)


@pytest.fixture(autouse=True)
def fresh(app):
    did.clear()
    gate.clear()
    running[:] = [0, 0]


def test_job_is_done_with_its_arguments():
    note.enqueue({"id": "ü", "n": 1})
    until(lambda: did == [{"id": "ü", "n": 1}])
    until(lambda: queue.depths()["test-note"] == 0)


def test_job_waits_for_its_time():
    note.enqueue("later", delay=1.5)
    note.enqueue("now")
    until(lambda: did == ["now", "later"])


def test_failed_job_is_tried_again():
    flaky.enqueue("x")
    until(lambda: did == ["x"] * 3)
    time.sleep(0.2)
    assert did == ["x"] * 3


def test_only_so_many_run_at_once_and_only_so_many_wait():
    for number in range(2):
        slow.enqueue(number)
    until(lambda: running[0] == 2)
    for number in range(2, 7):
        slow.enqueue(number)
    with pytest.raises(queue.QueueFull):
        slow.enqueue("too many")
    gate.set()
    until(lambda: sorted(did) == list(range(7)))
    assert running[1] == 2


def test_job_of_a_worker_that_died_is_done_by_another():
    for _ in range(orphan.limit):
        orphan._slots.acquire()
    orphan.enqueue("left")
    storage = queue._huey(orphan).storage
    # a worker takes it, and is gone: its lease is not renewed
    storage.extend([storage.dequeue()], -1)
    assert did == []
    for _ in range(orphan.limit):
        orphan._slots.release()
    until(lambda: did == ["left"])


def test_spawned_work_is_waited_for():
    done = threading.Event()
    work = spawn.spawn(lambda: (time.sleep(0.1), done.set()))
    assert work.wait(5)
    assert done.is_set()


def test_failure_beside_the_request_is_logged(caplog):
    def broken():
        raise ValueError("seen in the log")

    spawn.spawn(broken).wait(5)
    assert "seen in the log" in caplog.text


def test_timer_rings_again_and_again(backend):
    rang = []
    timers.every(0.05, f"test-{backend.kind}", lambda: rang.append(1))
    until(lambda: len(rang) >= 3)


def test_a_library_that_is_just_importing_gevent_does_not_make_the_process_cooperative(monkeypatch):
    # huey does, in a thread of its own, while requests are answered on others
    monkeypatch.setitem(sys.modules, "gevent.monkey", types.ModuleType("gevent.monkey"))
    assert large.is_cooperative() is False
