"""Several workers on one host, and long-polling through a balancer."""

import os
import signal
import time

import pytest
import requests
import socketio
from bench.cluster import family
from conftest import Live
from fakes import LivePerson
from requests.adapters import HTTPAdapter

from cluster.conftest import eventually
from cluster.gate import Gate

pytestmark = pytest.mark.live


def connected(url, token, heard, **options):
    client = socketio.Client(reconnection_delay=0.2, reconnection_delay_max=0.5, **options.pop("client", {}))
    client.on("events", heard.append)
    client.connect(url, socketio_path="/ws/socket.io", auth={"token": token}, wait_timeout=20, **options)
    client.call("user-join", {"auth": {"token": token}}, timeout=10)
    return client


def test_two_workers_are_one_server_and_lose_nobody(own_backend, cluster, outside):
    """kill -9 of one of the two workers: its sockets come back, everybody hears what follows, once."""
    server = Live(own_backend, **{**cluster.environ, "WEB_CONCURRENCY": "2"})
    ann = LivePerson.sign_up(server, f"ann-{time.time_ns()}")
    heard = [[] for _ in range(8)]
    clients = [connected(server.url, ann.token, one, transports=["websocket"]) for one in heard]
    try:
        outside(f"emit.chat_event({ann.id!r}, 'c', 'm', 'status', {{'n': 1}})")
        eventually(lambda: [len(one) for one in heard] == [1] * 8)
        victim = family(server.process.pid)[1]
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: all(client.connected for client in clients) and len(family(server.process.pid)) == 3)
        eventually(lambda: [client.call("user-join", {"auth": {"token": ann.token}}, timeout=5) for client in clients])
        outside(f"emit.chat_event({ann.id!r}, 'c', 'm', 'status', {{'n': 2}})")
        eventually(lambda: [len(one) for one in heard] == [2] * 8)
    finally:
        for client in clients:
            client.disconnect()
        server.stop()


class FromAddress(HTTPAdapter):
    """Calls from another of this machine's addresses, by which the balancer keeps a client on one server."""

    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, source_address=(self.address, 0), **kwargs)


def test_long_polling_through_a_balancer(own_backend, cluster, outside):
    servers = [Live(own_backend, **cluster.environ, ENABLE_WEBSOCKET_SUPPORT="false") for _ in range(2)]
    balancer = Gate(*[("127.0.0.1", server.port) for server in servers])
    ann = LivePerson.sign_up(servers[0], f"ann-{time.time_ns()}")
    heard, clients = [[], []], []
    try:
        for number, one in enumerate(heard):
            session = requests.Session()
            session.mount("http://", FromAddress(f"127.0.0.{number + 2}"))
            url = f"http://127.0.0.1:{balancer.port}"
            clients.append(connected(url, ann.token, one, transports=["polling"], client={"http_session": session}))
        outside(f"emit.chat_event({ann.id!r}, 'c', 'm', 'status', {{'n': 1}})")
        eventually(lambda: [len(one) for one in heard] == [1, 1])
    finally:
        for client in clients:
            client.disconnect()
        for server in servers:
            server.stop()
