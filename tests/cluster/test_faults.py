"""Redis and PostgreSQL go away and come back under running servers."""

import time

import pytest
from conftest import Live
from fakes import LivePerson

from cluster.conftest import eventually

pytestmark = pytest.mark.live


def test_http_goes_on_without_redis_and_ready_says_so(cluster, join):
    (ann,) = join("ann", 0)
    cluster.redis.shut()
    try:
        assert ann.get("/api/v1/auths/").status_code == 200
        assert ann.get("/health").status_code == 200
        assert ann.get("/ready").status_code == 503
        assert ann.socket.connected
        assert ann.post("/api/v1/auths/signin", {"email": ann.user["email"], "password": "no"}).status_code == 400
    finally:
        cluster.redis.open()
    eventually(lambda: ann.get("/ready").status_code == 200)


def test_events_cross_again_after_redis_was_away(cluster, join, outside):
    here, there = join("ann", 0, 1)
    cluster.redis.shut()
    time.sleep(1.5)
    cluster.redis.open()
    eventually(lambda: here.get("/ready").status_code == there.get("/ready").status_code == 200)
    time.sleep(1.5)
    outside(f"emit.chat_event({here.id!r}, 'c', 'm', 'status', {{'n': 1}})")
    for person in (here, there):
        person.wait_kind("status", n=1)
    time.sleep(0.5)
    assert [len([e for e, _ in person.events if e == "events"]) for person in (here, there)] == [1, 1]


def test_revoked_while_redis_is_away_stays_revoked(cluster, join):
    (ann,) = join("ann", 0)
    cluster.redis.shut()
    try:
        assert ann.post("/api/v1/auths/signout").status_code == 200
        assert ann.get("/api/v1/auths/").status_code == 401
    finally:
        cluster.redis.open()
    eventually(lambda: ann.get("/ready").status_code == 200)
    assert ann.get("/api/v1/auths/").status_code == 401


def test_killed_redis_that_comes_back_empty_is_filled_again(own_backend, own_redis, provider_server):
    server = Live(own_backend, REDIS_URL=own_redis.url)
    try:
        ann = LivePerson.sign_up(server, f"ann-{time.time_ns()}").connect()
        own_redis.kill()
        assert ann.get("/api/v1/auths/").status_code == 200
        own_redis.start()
        eventually(lambda: ann.get("/ready").status_code == 200)
        assert ann.post("/api/v1/auths/signout").status_code == 200
        eventually(lambda: not ann.socket.connected)
        assert "unhandled error" not in server.log()
    finally:
        server.stop()


def test_terminated_database_connections_are_replaced(cluster, join, own_backend):
    (ann,) = join("ann", 0)
    for _ in range(5):
        own_backend.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ? AND pid <> pg_backend_pid()",
            own_backend.name,
        )
        assert ann.get("/api/v1/auths/").status_code == 200


def test_database_away_is_503_and_comes_back_by_itself(cluster, join):
    (ann,) = join("ann", 0)
    cluster.database.shut()
    try:
        started = time.time()
        answers = [ann.get("/api/v1/auths/") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [503] * 3
        assert answers[0].json()["detail"]
        assert time.time() - started < 10
        assert ann.get("/ready").status_code == 503
        assert ann.get("/health").status_code == 200
    finally:
        cluster.database.open()
    eventually(lambda: ann.get("/api/v1/auths/").status_code == 200)
    assert [ann.get("/api/v1/auths/").status_code for _ in range(20)] == [200] * 20
