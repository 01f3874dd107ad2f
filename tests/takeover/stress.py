"""Random operations through both servers at once, on one database: nothing is lost, rows and documents agree.

    python tests/takeover/stress.py PEER_PYTHON [--postgres URL --redis URL] [--operations 2000] [--seed N]

Four clients, two on each server, add, edit and delete messages of one chat and of many, rename, tag, pin, copy and
delete chats. At the end every client must find what it knows to be there, every row of a message must say what its
document says, and the database must be sound. What the real server refuses with an error of its own counts as not
known. Started by hand, as the drill.
"""

import pathlib
import random
import sqlite3
import sys

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "stress")]

import test_random_operations as stress  # noqa: E402
from provider import Provider  # noqa: E402

from tests.takeover.drill import PASSWORD, arguments, both, say  # noqa: E402


class Side:
    """One account on one of the servers, as the clients of the stress test know a person."""

    def __init__(self, server, token):
        self.live, self.token = server, token

    def get(self, path):
        return requests.get(self.live.url + path, headers={"Authorization": f"Bearer {self.token}"}, timeout=60)


class Database:
    """SQL on the database of both, as the checks of the stress test ask it."""

    def __init__(self, given, folder):
        self.kind, self.folder, self.url = "postgres" if given.postgres else "sqlite", folder, None

    def execute(self, statement):
        if self.kind == "postgres":
            import psycopg2

            connection = psycopg2.connect(self.url)
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
        connection = sqlite3.connect(self.folder / "webui.db", timeout=60, isolation_level=None)
        return connection.execute(statement).fetchall()


def main():
    parser = arguments(__doc__)
    parser.add_argument("--operations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    stress.SEED = given.seed
    with both(given, Provider()) as (real, ours):
        run(given, real, ours)
    say("nothing is lost, and both stores agree")


def run(given, real, ours):
    real.start()
    ours.start()
    account = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD, "profile_image_url": "/user.png"}
    token = requests.post(real.url + "/api/v1/auths/signup", json=account, timeout=60).json()["token"]
    sides = [Side(server, token) for server in (real, ours)]
    body = {"chat": stress.rooted("Shared")}
    made = requests.post(ours.url + "/api/v1/chats/new", json=body, headers={"Authorization": f"Bearer {token}"})
    shared, each = made.json()["id"], given.operations // stress.CLIENTS
    clients = [stress.Client(sides[number % 2], shared, number, each) for number in range(stress.CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    database = Database(given, ours.folder)
    database.url = ours.environ.get("DATABASE_URL")
    for name, place in (("the real server", 0), ("Lightwell", 1)):
        faults = [fault for client in clients[place::2] for fault in client.faults]
        say(f"seed {given.seed}: {name} answered {len(faults)} operations with an error {faults[:2]}")
        if place and faults:
            raise SystemExit("Lightwell failed")
    for side in sides:
        stress.check_contents(side, clients)
    stress.check_agreement(database)
    stress.check_soundness(database)


if __name__ == "__main__":
    main()
