"""Health and readiness (http.md 12)."""


def test_alive(anonymous):
    assert anonymous.get("/health").json == {"status": True}
    assert anonymous.get("/health/db").json == {"status": True}
    assert anonymous.get("/ready").json == {"status": True}


def test_not_ready_without_the_database(anonymous, monkeypatch):
    from peewee import OperationalError

    from models.base import database

    def fail(*_):
        raise OperationalError("gone")

    monkeypatch.setattr(database.obj, "execute_sql", fail)
    assert anonymous.get("/ready").status_code == 503
    assert anonymous.get("/health/db").status_code == 503
    assert anonymous.get("/health").json == {"status": True}
