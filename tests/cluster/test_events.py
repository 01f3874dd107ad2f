"""Sockets on one process receive events of work done on another, once, and answer calls."""

import json

import pytest
import requests
import socketio
from conftest import Live
from fakes import LivePerson

from cluster.conftest import eventually

pytestmark = pytest.mark.live


def test_event_of_another_process_arrives_once_everywhere(join, outside):
    here, there = join("ann", 0, 1)
    outside(f"for i in range(50): emit.chat_event({here.id!r}, 'c', 'm', 'status', {{'n': i}})")
    for person in (here, there):
        person.wait_kind("status", n=49)
        assert [p["data"]["data"]["n"] for e, p in person.events if e == "events"] == list(range(50))


def test_call_reaches_the_socket_and_its_answer_comes_back(join, outside):
    (ann,) = join("ann", 1)
    ann.answers["input"] = {"said": "yes"}
    code = (
        "import json\n"
        f"answer = server.current().call('events', {{'data': {{'type': 'input'}}}}, to={ann.sid!r}, timeout=5)\n"
        "print(json.dumps(answer))"
    )
    assert json.loads(outside(code)) == {"said": "yes"}


def test_signing_out_drops_the_sockets_on_the_other_server(join):
    here, there = join("ann", 0, 1)
    assert here.post("/api/v1/auths/signout").status_code == 200
    eventually(lambda: not there.socket.connected)
    assert there.get("/api/v1/auths/").status_code == 401


def test_session_pool_lists_the_sockets_of_both(join, outside):
    here, there = join("ann", 0, 1)
    found = outside(f"print(sorted(sessions.of_user({here.id!r})))")
    assert found.strip() == str(sorted([here.sid, there.sid]))
    there.leave()
    eventually(lambda: outside(f"print(sessions.of_user({here.id!r}))").strip() == str([here.sid]))


def test_sockets_return_through_the_balancer_when_a_server_dies(cluster, join, outside):
    """kill -9 of one of two: its sockets come back on the other and hear what follows."""
    ann = cluster.enter("ann")
    sockets = [socketio.Client(reconnection_delay=0.2, reconnection_delay_max=0.5) for _ in range(4)]
    heard = {one: [] for one in sockets}
    for one in sockets:
        one.on("events", heard[one].append)
        one.connect(cluster.url, socketio_path="/ws/socket.io", transports=["websocket"], auth={"token": ann.token})
    victim = cluster.servers[1]
    victim.kill()
    try:
        eventually(
            lambda: len(json.loads(outside(f"import json; print(json.dumps(sessions.of_user({ann.id!r})))"))) >= 4
        )
        eventually(lambda: all(one.connected for one in sockets))
        outside(f"emit.chat_event({ann.id!r}, 'c', 'm', 'status', {{'n': 1}})")
        eventually(lambda: all(len(events) == 1 for events in heard.values()))
        assert requests.get(cluster.url + "/health", timeout=5).status_code == 200
    finally:
        for one in sockets:
            one.disconnect()
        victim.start()


def test_tries_are_counted_over_all_servers(cluster):
    ann = cluster.enter("ann")
    form = {"email": ann.user["email"], "password": "wrong-password"}
    codes = [
        requests.post(server.url + "/api/v1/auths/signin", json=form, timeout=10).status_code
        for server in cluster.servers
        for _ in range(9)
    ]
    assert codes.count(400) == 15
    assert set(codes[15:]) == {429}


def test_setting_saved_on_one_server_holds_on_the_other(cluster, own_backend):
    admin = cluster.admin
    banner = {"id": "b", "type": "info", "content": "hello", "dismissible": True, "timestamp": 1}
    assert admin.post("/api/v1/configs/banners", {"banners": [banner]}).status_code == 200
    there = LivePerson(cluster.servers[1], admin.user)
    assert [one["content"] for one in there.get("/api/v1/configs/banners").json()] == ["hello"]


def test_a_process_with_another_secret_is_named(cluster, own_backend):
    stranger = Live(own_backend, **cluster.environ, WEBUI_SECRET_KEY="another-secret-0123456789-abcdefghij")
    try:
        eventually(lambda: "WEBUI_SECRET_KEY differs" in stranger.log())
    finally:
        stranger.stop()
