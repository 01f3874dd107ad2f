"""A clock that jumps, forward by a day and back by an hour, under a running server: no reply, session
or job is lost, none is done twice."""

import pathlib
import time

import pytest
from areas.test_turn import ask, rows, until
from conftest import Backend, Live
from fakes import LivePerson

pytestmark = pytest.mark.live

FOLDER = pathlib.Path(__file__).parent / "set_clock"
DAY, HOUR = 86400, 3600


class Clock:
    """The clock of the server: `clock.jump(DAY)`."""

    def __init__(self, file):
        self.file, self.wrong = file, 0
        self.jump(0)

    def jump(self, seconds):
        self.wrong += seconds
        # replaced at once: the server reads it all the time
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(self.wrong))
        fresh.rename(self.file)


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path / "clock")


@pytest.fixture
def server(backend, provider, clock, tmp_path_factory):
    made = Backend(backend.kind, tmp_path_factory.mktemp("clock"))
    made.environ = {**backend.environ, **made.environ}
    server = Live(
        made,
        PYTHONPATH=str(FOLDER),
        LIGHTWELL_TEST_CLOCK=str(clock.file),
        LIGHTWELL_REQUESTS_PER_MINUTE_ADDRESS="2000",
    )
    server.admin = LivePerson.sign_up(server, "admin").connect()
    yield server
    server.admin.leave()
    server.stop()
    made.close()


@pytest.mark.parametrize("jumps", [(-HOUR, HOUR), (DAY, -DAY - HOUR)])
def test_a_reply_goes_on_and_is_stored_once(server, clock, jumps):
    person = server.admin
    answer, _, reply = ask(person, "tokens=120 delay=0.03")
    chat_id = answer.json()["chat_id"]
    for word, seconds in zip(("word10 ", "word40 "), jumps, strict=True):
        person.wait(lambda e, p, w=word: w in str(p))
        clock.jump(seconds)
    person.wait_kind("chat:active", active=False)
    role, content, done = rows(server, chat_id)[reply]
    assert done and [f"word{n}" in content for n in (0, 60, 119)] == [True] * 3
    assert content.count("word119") == 1
    assert person.get("/api/v1/auths/").status_code == 200
    assert person.socket.connected
    # the next turn finds the reply in its context
    again, _, second = ask(person, "and now?", chat_id=chat_id, parent_id=reply)
    until(lambda: rows(server, chat_id).get(second, ("", "", False))[2])


@pytest.mark.parametrize("jump", [DAY, -HOUR])
def test_a_job_in_hand_is_done_once_and_one_that_waits_is_not_held_back(server, clock, provider, jump):
    """The title takes longer than it takes another look at the leases; its first try fails."""
    person, tries = server.admin, []
    original = provider.next_script

    def scripted(body):
        if '"title"' not in str(body["messages"][-1]["content"]):
            return original(body)
        tries.append(time.monotonic())
        return {"hang": 4, "text": '{"title": "Made once"}'}

    provider.next_script = scripted
    try:
        answer, _, _ = ask(person, "name this", tasks={"title_generation": True})
        chat_id = answer.json()["chat_id"]
        until(lambda: tries)
        clock.jump(jump)
        title = "SELECT title FROM chat WHERE id = ?"
        until(lambda: server.backend.execute(title, chat_id)[0][0] == "Made once", 20)
        time.sleep(2.5)
    finally:
        del provider.next_script
    assert len(tries) == 1
    assert "are done again" not in server.log()


def test_who_was_signed_out_stays_so_when_the_clock_comes_back(server, clock):
    server.backend.execute("UPDATE config SET value = '\"12h\"' WHERE key = 'auth.jwt_expiry'")
    visitor = LivePerson.sign_up(server, "visitor")
    assert visitor.post("/api/v1/auths/signout").status_code == 200
    for seconds in (DAY, -DAY):
        clock.jump(seconds)
        server.restart()
        assert server.admin.get("/api/v1/auths/").status_code == 200
    assert visitor.get("/api/v1/auths/").status_code == 401


def test_limits_neither_lock_out_nor_let_in(server, clock):
    wrong = {"email": "admin@example.com", "password": "not-this-one"}

    def tries(count):
        return [server.admin.post("/api/v1/auths/signin", wrong).status_code for _ in range(count)]

    assert tries(15) == [400] * 15
    clock.jump(DAY)
    assert tries(1) == [429]
    clock.jump(-DAY - HOUR)
    assert tries(1) == [429]


def test_sockets_keep_their_place_in_the_pool(server, clock):
    """The page that watches a chat is still known as there, in either direction."""
    person = server.admin
    for seconds in (DAY, -DAY - HOUR):
        clock.jump(seconds)
        answer, _, reply = ask(person, "hello")
        person.wait_kind("chat:active", active=False)
        assert person.get("/api/usage").json()["user_count"] == 1
        person.events.clear()
    assert person.socket.connected
