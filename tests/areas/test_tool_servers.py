"""Tool servers: who is offered them, with which credentials they are called, and odd ones (chat.md 6.1, 6.2)."""

import json
import time

import pytest
from test_tools import call, configure, offered, results, turn  # noqa: F401
from test_turn import ada, ask, stored, until  # noqa: F401
from toolserver import ToolServer

pytestmark = pytest.mark.live

EVERYONE = [{"principal_type": "user", "principal_id": "*", "permission": "read"}]


@pytest.fixture
def server(live):
    server = ToolServer()
    yield server
    connect(live)
    server.close()


def connect(live, *connections):
    configure(live, "tool_server.connections", connections)


def connection(server, name, *, grants=EVERYONE, enable=True, **values):
    """A connection of this id. The descriptions are kept by address, so each test has a server of its own."""
    mcp = values.get("type") == "mcp"
    known = {"url": server.url + ("/mcp" if mcp else ""), "path": "openapi.json", "type": "openapi", "key": "secret"}
    info = {"id": name, "name": name.title(), "description": f"About {name}"}
    return {
        **known,
        "auth_type": "bearer",
        "config": {"enable": enable, "access_grants": list(grants)},
        "info": info,
        **values,
    }


def test_servers_are_listed_for_those_who_may_use_them(ada, live, enter, server):  # noqa: F811
    bob = enter("bob")
    connect(
        live,
        connection(server, "sea", type="mcp"),
        connection(server, "open"),
        connection(server, "his", grants=[{"principal_type": "user", "principal_id": bob.id, "permission": "read"}]),
        connection(server, "private", grants=[]),
        connection(server, "off", enable=False),
        connection(server, "dead", url="http://127.0.0.1:9"),
        connection(server, "sign-in", type="mcp", auth_type="oauth_2.1"),
        connection(server, "", info={}),
    )

    def listed(person, query=""):
        return [one["id"] for one in person.get(f"/api/v1/tools/{query}").json() if one["id"].startswith("server:")]

    plain = ["server:open", "server:his"]
    mcp = ["server:mcp:sea", "server:mcp:sign-in"]
    assert listed(bob) == [*plain, "server:7", *mcp]
    assert listed(ada) == [*plain, "server:private", "server:7", *mcp]
    assert listed(enter("carl")) == ["server:open", "server:7", *mcp]
    assert listed(bob, "?query=OPEN") == ["server:open"] and listed(bob, "?query=about sea") == ["server:mcp:sea"]
    shown = {one["id"]: one for one in bob.get("/api/v1/tools/").json()}
    one = shown["server:open"]
    moment = one.pop("updated_at"), one.pop("created_at")
    assert all(abs(at - time.time()) < 60 for at in moment)
    assert one == {
        "version_id": None,
        "id": "server:open",
        "user_id": "server:open",
        "name": "Open",
        "meta": {"i18n": None, "description": "About open", "manifest": {}, "has_user_valves": False},
        "access_grants": [],
        "user": None,
    }
    assert shown["server:7"]["name"] == "Ships" and shown["server:mcp:sign-in"]["authenticated"] is False
    assert not any("/mcp" in one["path"] for one in server.requests)


@pytest.mark.parametrize(
    ("auth", "described_with", "called_with"),
    [
        ("bearer", "Bearer secret", "Bearer secret"),
        ("none", None, None),
        (None, None, None),
        ("session", None, "own"),
        ("system_oauth", None, None),
    ],
)
def test_which_credentials_are_sent(turn, ada, live, server, auth, described_with, called_with):  # noqa: F811
    connect(live, connection(server, "s", auth_type=auth))
    turn({"tool_calls": [call("listing")]}, "ok", tool_ids=["server:s"])
    told = {one["path"]: one["headers"].get("Authorization") for one in server.requests}
    expected = f"Bearer {ada.token}" if called_with == "own" else called_with
    assert told == {"/openapi.json": described_with, "/list": expected}


def test_a_server_that_is_not_shared_is_not_called(enter, live, server, provider, ada):  # noqa: F811
    connect(live, connection(server, "s", grants=[]))
    model = {"id": "gpt-test", "base_model_id": None, "name": "Test", "meta": {}, "params": {}}
    ada.post("/api/v1/models/create", {**model, "access_grants": EVERYONE})
    bob = enter("bob").connect()
    ask(bob, "go", tool_ids=["server:s"])
    bob.wait_kind("chat:active", active=False)
    assert "listing" not in offered(provider.chats()[0]) and server.requests == []


@pytest.mark.parametrize("values", [{"url": "http://127.0.0.1:9/mcp"}, {"auth_type": "oauth_2.1"}])
def test_an_mcp_server_that_does_not_answer_is_said(turn, ada, live, server, provider, values):  # noqa: F811
    connect(live, connection(server, "sea", type="mcp", **values))
    reply = turn("hello", tool_ids=["server:mcp:sea"])
    (status,) = reply["statusHistory"]
    assert status["action"] == "tool_connection" and status["error"] is True and status["done"] is True
    assert ada.wait_kind("status")["data"]["data"] == status
    assert "sea_depth" not in offered(provider.chats()[0]) and reply["content"] == "hello"


def test_an_mcp_server_that_dies_midway_is_an_error_for_the_model(turn, live, server):  # noqa: F811
    connect(live, connection(server, "sea", type="mcp"))
    server.dies_at = "tools/call"
    reply = turn({"tool_calls": [call("sea_depth")]}, "Pity.", tool_ids=["server:mcp:sea"])
    ((status, text),) = results(reply)
    assert status == "failed" and json.loads(text)["error"] and reply["content"] == "Pity."


def test_a_redirect_is_not_followed_with_the_key(turn, live, server):  # noqa: F811
    other = ToolServer()
    try:
        server.leads_to = other.url + "/list"
        connect(live, connection(server, "s"))
        reply = turn({"tool_calls": [call("moved")]}, "ok", tool_ids=["server:s"])
        assert results(reply)[0][0] == "failed" and other.requests == []
    finally:
        other.close()


def test_a_name_that_is_taken_is_the_servers(turn, live, server):  # noqa: F811
    connect(live, connection(server, "s"))
    reply = turn({"tool_calls": [call("get_current_timestamp")]}, "ok", tool_ids=["server:s"])
    assert json.loads(results(reply)[0][1]) == {"mine": True}


# -- tool search


@pytest.fixture
def searching(live):
    configure(live, "chat.tool_search.enable", True)
    yield
    for key, value in (("enable", False), ("always_loaded", []), ("defer_builtin_tools", True)):
        configure(live, f"chat.tool_search.{key}", value)


LONG = {"calculate_timestamp", "ask_user", "search_chats", "create_tasks"}


def test_long_built_in_tools_wait_with_the_others(turn, provider, searching):  # noqa: F811
    turn("hello")
    assert not LONG & set(offered(provider.chats()[0]))


def test_tools_that_are_always_loaded(turn, live, provider, searching):  # noqa: F811
    configure(live, "chat.tool_search.always_loaded", ["ask_user", "calculate_timestamp"])
    turn("hello")
    body = provider.chats()[0]
    assert LONG & set(offered(body)) == {"ask_user", "calculate_timestamp"}
    assert "<name>create_tasks</name>" in body["messages"][0]["content"]
    assert "<name>ask_user</name>" not in body["messages"][0]["content"]


def test_built_in_tools_that_are_never_deferred(turn, live, provider, searching):  # noqa: F811
    configure(live, "chat.tool_search.defer_builtin_tools", False)
    turn("hello")
    body = provider.chats()[0]
    assert set(offered(body)) >= LONG and "search_tools" not in offered(body)
