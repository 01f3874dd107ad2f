"""`/health`, `/ready`, `/health/db` (http.md section 12)."""

import logging

from peewee import PeeweeException

from models.base import database
from utils.access.roles import public
from utils.cluster import redis
from utils.http.area import Area
from utils.http.errors import ApiError

log = logging.getLogger("lightwell.health")
area = Area("health", __name__)


@area.get("/health")
@public
def health():
    return {"status": True}


@area.get("/ready")
@public
def ready():
    _check_database()
    if (fault := redis.fault()) is not None:
        log.error(fault)
        raise ApiError(503, "Redis does not answer.")
    return {"status": True}


@area.get("/health/db")
@public
def health_of_database():
    _check_database()
    return {"status": True}


def _check_database() -> None:
    try:
        database.execute_sql("SELECT 1").fetchone()
    except (PeeweeException, ValueError) as error:
        log.error("the database does not answer: %s", error)
        raise ApiError(503, "The database does not answer.") from error
