"""Work that must be done even if this process is not there to do it: a durable queue a kind of job.

    @job("title", retries=2, limit=4)
    def make_title(chat_id: str) -> None: ...

    make_title.enqueue(chat_id)            # or make_title.enqueue(chat_id, delay=30)

Arguments are JSON values: pass ids, not rows. A job may run twice when a process is killed at the
wrong moment, so it looks at what is there before it acts. It runs like everything of `utils.jobs.spawn`:
no request context, a database connection of its own, the request id of whoever enqueued it. Jobs lie
in `jobs.db` of the data folder, or in Redis where there is one; the web processes work them off
(`LIGHTWELL_WORKER=embedded`), or `flask worker` processes do (`separate`).
"""

import datetime
import functools
import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from utils.cluster import clock, redis
from utils.http import logs
from utils.jobs import drain, spawn
from utils.settings import environment

if TYPE_CHECKING:
    from utils.jobs.storage import LeasedHuey

log = logging.getLogger("lightwell.jobs")

_LOOK_EVERY = 1.0
_RENEW_EVERY = 15.0
_HELD_SECONDS = 3 * _RENEW_EVERY


class QueueFull(RuntimeError):
    """More jobs of a kind wait than there may; the caller goes without, or asks its client to come back."""


class Job:
    """A kind of job. Calling it runs the function at once; `enqueue` has it run later."""

    def __init__(
        self,
        fn: Callable[..., None],
        name: str,
        *,
        retries: int,
        retry_delay: int,
        limit: int,
        depth: int,
        given_up: Callable[..., None] | None = None,
    ) -> None:
        self.fn, self.name, self.limit, self.depth, self.given_up = fn, name, limit, depth, given_up
        self._options = {"retries": retries, "retry_delay": retry_delay, "retry_backoff": 2}
        self._slots = threading.Semaphore(limit)
        self._wake = threading.Event()
        self._working: set[bytes] = set()
        functools.update_wrapper(self, fn)

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        self.fn(*args, **kwargs)

    def enqueue(self, *args: Any, delay: float = 0, **kwargs: Any) -> None:
        """Has the job done, `delay` seconds from now at the earliest.

        Raises `QueueFull`. While Redis is away the job runs in this process, at once and undurably.
        """
        payload = {"request_id": logs.request_id(), "args": list(args), "kwargs": kwargs}
        try:
            task, waiting = _task(self), self.waiting()
            if waiting >= self.depth:
                raise QueueFull(f"{waiting} jobs of kind {self.name} wait already")
            if delay:
                task.schedule((payload,), eta=clock.utc() + datetime.timedelta(seconds=delay))
            else:
                task(payload)
        except _failures() as error:
            log.error("job %s cannot be queued and runs at once: %s", self.name, error)
            spawn.spawn(self.fn, *args, **kwargs)
            return
        self._wake.set()
        start()

    def waiting(self) -> int:
        """How many of this kind wait for their turn, in all processes."""
        return _huey(self).pending_count()

    def run(self, payload: dict[str, Any], task: Any = None) -> None:
        """Does one job of this kind; `task` is huey's, which knows how often it may still be tried."""
        logs.use_request_id(payload.get("request_id") or "-")
        try:
            self.fn(*payload["args"], **payload["kwargs"])
        except Exception:
            if self.given_up is not None and task is not None and not task.retries:
                self.given_up(*payload["args"], **payload["kwargs"])
            raise

    # -- working off

    def work(self) -> None:
        """Works off this kind until the process stops, `limit` at a time."""
        looked, is_away = 0.0, False
        while not drain.draining():
            self._slots.acquire()
            data = None
            try:
                if time.monotonic() - looked > _LOOK_EVERY:
                    looked = time.monotonic()
                    self._look_after()
                data = _huey(self).storage.dequeue()
                is_away = False
            except _failures() as error:
                if not is_away:
                    log.error("jobs of kind %s cannot be fetched until it is mended: %s", self.name, error)
                is_away = True
            if data is None:
                self._slots.release()
                self._wake.wait(_LOOK_EVERY)
                self._wake.clear()
            else:
                self._working.add(data)
                spawn.spawn(self._do, data)

    def _do(self, data: bytes) -> None:
        huey = _huey(self)
        try:
            huey.execute(huey.deserialize_task(data))
            huey.storage.done(data)
        finally:
            self._working.discard(data)
            self._slots.release()

    def _look_after(self) -> None:
        huey = _huey(self)
        huey.storage.promote()
        if lost := huey.storage.reclaim():
            log.warning("%d jobs of kind %s are done again: their worker died", lost, self.name)

    def keep(self, seconds: float) -> None:
        """Keeps what is being worked on for so long; with 0 gives it back to whoever is there next."""
        if self._working:
            _huey(self).storage.extend(list(self._working), seconds)


KINDS: dict[str, Job] = {}
_started = threading.Lock()
_hueys: "dict[tuple[str, ...], tuple[LeasedHuey, Any]]" = {}


def job(
    name: str,
    *,
    retries: int = 0,
    retry_delay: int = 5,
    limit: int = 4,
    depth: int = 10_000,
    given_up: Callable[..., None] | None = None,
) -> Callable[[Callable[..., None]], Job]:
    """Declares a kind of job. It is tried `retries` more times after a failure, after `retry_delay`
    seconds, then twice as many each time; `limit` run at once in a process, `depth` may wait.
    `given_up` is called with the job's arguments when it failed for the last time."""

    def declare(fn: Callable[..., None]) -> Job:
        if name in KINDS:
            raise RuntimeError(f"two kinds of job are called {name}")
        KINDS[name] = Job(
            fn, name, retries=retries, retry_delay=retry_delay, limit=limit, depth=depth, given_up=given_up
        )
        return KINDS[name]

    return declare


def depths() -> dict[str, int]:
    """How many jobs wait, by kind."""
    return {name: kind.waiting() for name, kind in KINDS.items()}


def start(*, separate: bool = False) -> None:
    """Begins to work off what waits, once a process; `separate` for a `flask worker`."""
    embedded = environment.current().worker == "embedded"
    if not KINDS or not (embedded or separate) or not _started.acquire(blocking=False):
        return
    for kind in KINDS.values():
        threading.Thread(target=kind.work, name=f"jobs-{kind.name}", daemon=True).start()
    threading.Thread(target=_renew, name="jobs-leases", daemon=True).start()
    drain.on_drain(_give_back, last=True)


def _renew() -> None:
    while True:
        time.sleep(_RENEW_EVERY)
        for kind in KINDS.values():
            try:
                kind.keep(_HELD_SECONDS)
            except _failures() as error:
                log.error("leases of jobs cannot be renewed: %s", error)


def _give_back() -> None:
    for kind in KINDS.values():
        kind.keep(0)


def _failures() -> tuple[type[Exception], ...]:
    import sqlite3  # noqa: PLC0415 - beside its sibling, which is imported on demand too

    return (*(redis.failures() if redis.application() else (OSError,)), sqlite3.Error)


def _task(kind: Job) -> Any:
    return _bound(kind)[1]


def _huey(kind: Job) -> "LeasedHuey":
    return _bound(kind)[0]


def _bound(kind: Job) -> "tuple[LeasedHuey, Any]":
    from utils.jobs.storage import LeasedHuey, RedisLeases, SqliteLeases  # noqa: PLC0415 - brings huey, 2 MB

    settings = environment.current()
    where = (kind.name, settings.redis_url, settings.redis_key_prefix, str(settings.data_dir))
    if where not in _hueys:
        storage: SqliteLeases | RedisLeases
        if (client := redis.client()) is not None:
            storage = RedisLeases(kind.name, client=client, prefix=redis.key("lightwell", "jobs", kind.name))
        else:
            storage = SqliteLeases(kind.name, filename=str(settings.data_dir / "jobs.db"))
        logging.getLogger("huey").setLevel(logging.WARNING)
        huey = LeasedHuey(kind.name, storage)
        _hueys[where] = huey, huey.task(**kind._options, name=kind.name, context=True)(kind.run)
    return _hueys[where]
