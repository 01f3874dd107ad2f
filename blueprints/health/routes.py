"""`/health`, `/ready`, `/health/db` (http.md section 12)."""

import logging

from peewee import PeeweeException

from models import faults
from models.base import database
from models.large import aside
from utils.access.roles import public
from utils.cluster import redis
from utils.http.area import Area
from utils.http.errors import ApiError
from utils.settings import environment

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
    # a disk that hangs must not hold up everybody
    if (fault := aside(faults.folder_fault, "DATA_DIR", environment.current().data_dir)) is not None:
        log.error(fault)
        raise ApiError(503, "The data folder cannot be written.")
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
