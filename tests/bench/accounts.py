"""What accounts and rights cost at size: `python tests/bench/accounts.py`, and with `--peer`, `--peer-pid`
and `--peer-database` beside a fresh peer that runs.

5,000 accounts in the list and the search, a list with grants for somebody in 50 groups, and a sign-in
apart from its hash. Processor time of the whole service, from /proc, the best of three rounds.
"""

import argparse
import pathlib
import sqlite3
import sys
import tempfile
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))

from tests.bench import requests_cpu, servers

ACCOUNTS, GROUPS, NOTES = 5000, 50, 1000
PATHS = {
    f"GET /api/v1/users/ ({ACCOUNTS} accounts)": "/api/v1/users/",
    f"GET /api/v1/users/search?query= ({ACCOUNTS} accounts)": "/api/v1/users/search?query=person%2042",
}
OF_MEMBER = {f"GET /api/v1/notes/?page=1 (member of {GROUPS} groups, {NOTES} notes)": "/api/v1/notes/?page=1"}
SIGN_INS = 14


def fill(database, member):
    """Accounts, groups that hold `member`, and notes of others that every tenth group may read."""
    moment = int(time.time())
    connection = sqlite3.connect(database, timeout=60)
    people = [(str(uuid.uuid4()), f"Person {n}", f"person{n}@example.com") for n in range(ACCOUNTS)]
    connection.executemany(
        'INSERT INTO "user" (id, name, email, role, profile_image_url, last_active_at, updated_at, created_at) '
        "VALUES (?, ?, ?, 'user', '/user.png', 1, 1, ?)",
        [(*one, moment - n) for n, one in enumerate(people)],
    )
    groups = [str(uuid.uuid4()) for _ in range(GROUPS)]
    connection.executemany(
        'INSERT INTO "group" (id, user_id, name, description, created_at, updated_at) VALUES (?, ?, ?, ?, 1, 1)',
        [(one, member, f"group {n}", "") for n, one in enumerate(groups)],
    )
    connection.executemany(
        "INSERT INTO group_member (id, group_id, user_id, created_at, updated_at) VALUES (?, ?, ?, 1, 1)",
        [(str(uuid.uuid4()), one, member) for one in groups],
    )
    notes = [str(uuid.uuid4()) for _ in range(NOTES)]
    connection.executemany(
        "INSERT INTO note (id, user_id, title, data, created_at, updated_at) VALUES (?, ?, ?, '{}', ?, ?)",
        [(one, people[n][0], f"note {n}", n, n) for n, one in enumerate(notes)],
    )
    connection.executemany(
        "INSERT INTO access_grant "
        "(id, resource_type, resource_id, principal_type, principal_id, permission, created_at) "
        "VALUES (?, 'note', ?, 'group', ?, 'read', 1)",
        [(str(uuid.uuid4()), one, groups[n % GROUPS]) for n, one in enumerate(notes) if n % 10 == 0],
    )
    connection.commit()
    connection.close()


def second(server):
    """An ordinary account on the same server, and its id."""
    body = {"name": "Member", "email": "member@example.com", "password": servers.PASSWORD, "role": "user"}
    server.session.post(server.url + "/api/v1/auths/add", json=body, timeout=30)
    member = servers.Server(server.name, server.url, server.pids).enter("member@example.com")
    return member, member.session.get(server.url + "/api/v1/auths/", timeout=30).json()["id"]


def sign_in(server):
    """Milliseconds of processor time a sign-in, its hash included."""
    given = {"email": "bench@example.com", "password": servers.PASSWORD}
    before = server.cpu()
    for _ in range(SIGN_INS - 2):
        servers.requests.post(server.url + "/api/v1/auths/signin", json=given, timeout=30).raise_for_status()
    return (server.cpu() - before) / (SIGN_INS - 2) * 1000


def figures(server, database, count):
    """Line by line what was measured on one server."""
    server.enter()
    member, member_id = second(server)
    fill(database, member_id)
    measured = {what: requests_cpu.measure(server, path, count) for what, path in PATHS.items()}
    measured |= {what: requests_cpu.measure(member, path, count) for what, path in OF_MEMBER.items()}
    return measured | {"sign-in, hash included": sign_in(server)}


def run(peer=None, peer_pids=(), peer_database=None, count=300):
    """Measures ours, and beside it a fresh peer that runs already; prints a line each."""
    with tempfile.TemporaryDirectory() as folder:
        server, _ = servers.start(folder)
        try:
            ours = figures(server, pathlib.Path(folder) / "webui.db", count)
        finally:
            servers.stop(server)
    theirs = figures(servers.Server("peer", peer, list(peer_pids)), peer_database, count) if peer else {}
    for what, cost in ours.items():
        beside = f" (peer {theirs[what]:.2f}, {theirs[what] / cost:.1f} times)" if what in theirs else ""
        sys.stdout.write(f"CPU of {what}, ms: {cost:.2f}{beside}\n")
    sys.stdout.write(f"CPU of hashing one password, ms: {_hash():.2f}\n")


def _hash():
    import config
    from utils.auth import passwords
    from utils.settings import environment

    environment.use(config.load({}))
    stored = passwords.hashed(servers.PASSWORD)
    began = time.process_time()
    for _ in range(10):
        passwords.verify(servers.PASSWORD, stored)
    return (time.process_time() - began) * 100


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--peer")
    options.add_argument("--peer-pid", type=int, nargs="+", default=[])
    options.add_argument("--peer-database")
    given = options.parse_args()
    run(given.peer, given.peer_pid, given.peer_database)
