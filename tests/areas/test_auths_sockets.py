"""Sockets lose their rights when the account's session, password or role does, in every process."""

import time

import pytest

pytestmark = pytest.mark.live


def gone(person, seconds=10):
    end = time.time() + seconds
    while time.time() < end:
        if not person.socket.connected:
            return True
        time.sleep(0.05)
    return False


def test_signing_out_drops_the_sockets(enter):
    ann = enter("ann").connect()
    ann.post("/api/v1/auths/signout")
    assert gone(ann)


def test_an_administrator_s_revocation_drops_the_sockets(enter, live):
    ann, bob = enter("ann").connect(), enter("bob").connect()
    assert live.admin.post(f"/api/v1/users/{ann.id}/sessions/revoke").json() is True
    assert gone(ann)
    assert bob.socket.connected


def test_losing_the_role_drops_the_sockets(enter, live):
    ann = enter("ann").connect()
    live.admin.post(f"/api/v1/users/{ann.id}/update", {"role": "pending"})
    assert gone(ann)


def test_being_deleted_drops_the_sockets(enter, live):
    ann = enter("ann").connect()
    live.admin.delete(f"/api/v1/users/{ann.id}")
    assert gone(ann)


def test_an_event_of_a_session_that_ended_elsewhere_is_the_last(enter, live):
    ann = enter("ann").connect()
    assert ann.socket.call("user-join", {"auth": {"token": ann.token}})["id"] == ann.id
    # as the other server would, without a word to this one
    live.backend.execute("UPDATE auth SET session_stamp = 'changed' WHERE id = ?", ann.id)
    ann.socket.emit("heartbeat", {})
    assert gone(ann)
