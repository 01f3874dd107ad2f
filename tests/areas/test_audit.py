"""The audit log says who did what, and holds no secret."""

import dataclasses
import json

import pytest
from flask import Flask, g, jsonify

from utils.http import audit


@pytest.fixture
def audited(tmp_path):
    """`audited(level=…)`: a small app with the log, and a function that reads the records."""
    import config

    def make(**values):
        settings = dataclasses.replace(config.load({"DATA_DIR": str(tmp_path)}), **values)
        app = Flask("audited")
        audit.register(app, settings)

        @app.route("/<path:path>", methods=["GET", "POST"])
        def anything(path):
            from flask import request

            g.body = request.get_json(silent=True)
            if request.headers.get("X-User"):
                g.user = dataclasses.make_dataclass("User", ["id", "name", "email", "role"])("1", "Ann", "a@e", "user")
            return jsonify({"token": "eyJsecret", "name": "kept"})

        def records():
            file = tmp_path / "audit.log"
            return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

        return app.test_client(), records

    return make


AS_ANN = {"X-User": "ann"}


def test_who_did_what(audited):
    client, records = audited(audit_level="metadata")
    client.post("/api/v1/notes/create", json={"title": "plan"}, headers=AS_ANN)
    (record,) = records()
    assert record["user"] == {"id": "1", "name": "Ann", "email": "a@e", "role": "user"}
    assert (record["verb"], record["response_status_code"]) == ("POST", 200)
    assert record["request_uri"].endswith("/api/v1/notes/create")
    assert record["request_object"] is None


def test_secrets_are_hidden_at_every_depth(audited):
    client, records = audited(audit_level="request_response")
    body = {"password": "pw-1", "deep": [{"OPENAI_API_KEY": "k-1", "keys": ["k-2"]}], "name": "shown"}
    client.post("/api/v1/auths/signin", json=body)
    (record,) = records()
    assert "shown" in record["request_object"]
    assert "kept" in record["response_object"]
    text = json.dumps(record)
    assert not [secret for secret in ("pw-1", "k-1", "k-2", "eyJsecret") if secret in text]


def test_bodies_are_cut(audited):
    client, records = audited(audit_level="request", audit_body_size=20)
    client.post("/api/v1/notes/create", json={"title": "x" * 100}, headers=AS_ANN)
    assert len(records()[0]["request_object"]) == 20


def test_reading_visitors_and_excluded_paths_are_not_recorded(audited):
    client, records = audited(audit_level="metadata")
    client.get("/api/v1/notes/", headers=AS_ANN)
    client.post("/api/v1/notes/create", json={})
    client.post("/api/v1/chats/new", json={}, headers=AS_ANN)
    client.post("/api/chat/completions", json={}, headers=AS_ANN)
    assert records() == []


def test_reading_and_included_paths_on_request(audited):
    client, records = audited(audit_level="metadata", audit_gets=True, audit_included=("/chats",))
    client.get("/api/v1/chats/", headers=AS_ANN)
    client.post("/api/v1/notes/create", json={}, headers=AS_ANN)
    assert [record["verb"] for record in records()] == ["GET"]


def test_a_grown_file_is_put_aside(audited, tmp_path):
    client, records = audited(audit_level="metadata", audit_rotation="1KB")
    for _ in range(5):
        client.post("/api/v1/notes/create", json={}, headers=AS_ANN)
    assert len(list(tmp_path.glob("audit.log.1*"))) == 2
    assert len(records()) == 1


def test_off_writes_nothing(audited, tmp_path):
    client, records = audited(audit_level="none")
    client.post("/api/v1/auths/signin", json={})
    assert records() == []


def test_the_server_s_own_log(built_app, backend, tmp_path, monkeypatch):
    """`none` by default: a server that was not asked to records nothing."""
    assert not (backend.folder / "audit.log").exists()
