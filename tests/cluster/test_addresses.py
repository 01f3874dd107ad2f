"""Three hosts, each with an address and a disk of its own, behind a reverse proxy; one is lost in a running reply."""

import types

import pytest
import requests
from conftest import Live
from fakes import LivePerson

from cluster.conftest import eventually
from cluster.gate import Gate
from cluster.test_scale import FromAddress, connected
from cluster.test_turns import start, text_of, words

pytestmark = pytest.mark.live


@pytest.fixture(params=["websocket", "polling"])
def hosts(request, own_backend, cluster, provider, tmp_path):
    """The servers, with `transport`, and a `proxy` before all of them (`url`, `backend`)."""
    is_polling = request.param == "polling"
    servers = [
        Live(
            own_backend,
            **cluster.environ,
            HOST=f"127.0.0.{number}",
            DATA_DIR=str(tmp_path / str(number)),
            INSTANCE_ID=f"host-{number}",
            ENABLE_WEBSOCKET_SUPPORT=str(not is_polling).lower(),
        )
        for number in (11, 12, 13)
    ]
    gate = Gate(*[(server.extra["HOST"], server.port) for server in servers])
    proxy = types.SimpleNamespace(url=f"http://127.0.0.1:{gate.port}", backend=own_backend)
    yield types.SimpleNamespace(servers=servers, proxy=proxy, transport=request.param)
    for server in servers:
        server.stop()


def page(hosts, ann, number):
    """A page that comes by the proxy: what it hears, how often it was cut, and its socket."""
    client = {}
    if hosts.transport == "polling":
        session = requests.Session()
        session.mount("http://", FromAddress(f"127.0.0.{number + 2}"))
        client["http_session"] = session
    heard, cut = [], []
    socket = connected(hosts.proxy.url, ann.token, heard, transports=[hosts.transport], client=client)
    socket.on("disconnect", cut.append)
    return types.SimpleNamespace(heard=heard, cut=cut, socket=socket)


def done(one, reply):
    return [
        event
        for event in one.heard
        if event.get("message_id") == reply and (event["data"].get("data") or {}).get("done")
    ]


def test_a_host_is_lost_in_a_running_reply(hosts, provider):
    ann = LivePerson.sign_up(hosts.proxy, f"ann-{hosts.transport}")
    pages = [page(hosts, ann, number) for number in range(6)]
    busy = LivePerson(hosts.servers[0], ann.user)
    busy.socket = pages[0].socket
    try:
        provider.say({"text": words(150), "delay": 0.05})
        chat_id, reply, _ = start(busy)
        eventually(lambda: all(len(one.heard) > 10 for one in pages))
        hosts.servers[1].kill()
        eventually(lambda: sum(len(one.cut) for one in pages) >= 2)
        eventually(lambda: all(one.socket.connected for one in pages))
        eventually(lambda: all(done(one, reply) for one in pages), 30)
        for one in pages:
            assert words(150) in str(done(one, reply)[-1])
        read = ann.get(f"/api/v1/chats/{chat_id}").json()
        assert text_of(read["chat"]["history"]["messages"][reply]) == words(150)
        # what is asked from now on by the proxy is answered by those that are left, for every page
        ann.socket = pages[1].socket
        provider.say("still here")
        _, again, _ = start(ann)
        eventually(lambda: all(done(one, again) for one in pages))
        members = {name.partition(":")[0] for name in _members(hosts)}
        assert {"host-11", "host-13"} <= members
    finally:
        for one in pages:
            one.socket.disconnect()


def _members(hosts):
    import redis

    environ = hosts.proxy.backend.environ
    client = redis.Redis.from_url(environ["REDIS_URL"], decode_responses=True)
    return client.hgetall(f"{environ['REDIS_KEY_PREFIX']}:lightwell:members")
