"""Binding the models to SQLite or PostgreSQL, transactions, and connections that survive restarts.

Facts: data.md section 1 (SQLite settings, locking that both servers share). SQLite's own busy
handler would stop every greenlet of the process, so it waits a few milliseconds only and the rest
of the patience is spent in a sleep that lets others run.
"""

import contextlib
import itertools
import logging
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from peewee import InterfaceError, OperationalError, PostgresqlDatabase, SqliteDatabase
from peewee import __exception_wrapper__ as exception_wrapper
from playhouse.db_url import parse as parse_url
from playhouse.pool import PooledPostgresqlDatabase, PooledSqliteDatabase

from models.base import database
from models.large import LARGE, aside, is_cooperative

log = logging.getLogger("lightwell.database")

_FIRST_WAIT, _LONGEST_WAIT = 0.002, 0.05


_observers: list[Callable[[float], None]] = []


def observe(observer: Callable[[float], None]) -> None:
    """Tells `observer` the seconds that each statement takes."""
    _observers.append(observer)


class _Stopwatch:
    """Tells the observers how long its block took."""

    def __enter__(self) -> None:
        self._begun = time.perf_counter()

    def __exit__(self, *_: Any) -> None:
        for observer in _observers:
            observer(time.perf_counter() - self._begun)


_NOTHING = contextlib.nullcontext()


def _observed() -> Any:
    return _Stopwatch() if _observers else _NOTHING


def _locked(error: Exception) -> bool:
    return "locked" in str(error) or "busy" in str(error)


# SQLite writes a row as a whole, with a document that nobody touched, and walks through one that it deletes
_CHANGES_CHAT = (
    *(f"UPDATE {name} " for name in ("chat", '"chat"', '"shared_chat"')),
    *(f"DELETE FROM {quote}{name}{quote} " for name in ("chat", "chat_message", "shared_chat") for quote in ("", '"')),
)


_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


class Deposit(str):
    """The name under which a text waits for the statement that it is a parameter of (by `DEPOSITED`). A parameter
    itself would be copied once more, and stay in the statement."""

    pieces: Iterable[bytes]

    @classmethod
    def of(cls, pieces: Iterable[bytes]) -> "Deposit":
        """A deposit of this text. It is gone once it was taken, or nobody holds the deposit."""
        made = cls(f"deposit-{next(_numbers)}")
        made.pieces = pieces
        _deposits[str(made)] = made
        return made


_numbers = itertools.count()
_deposits: weakref.WeakValueDictionary[str, Deposit] = weakref.WeakValueDictionary()

DEPOSITED = "lightwell_deposited"
"""The name under which SQLite knows `_deposited`."""


def _deposited(name: str) -> bytearray:
    # grown, not joined: no step touches all of it
    found = bytearray()
    for piece in _deposits.pop(name).pieces:
        found += piece
    return found


def _is_large(value: Any) -> bool:
    return isinstance(value, Deposit) or isinstance(value, (str, bytes)) and len(value) >= LARGE


class SharedSqlite(PooledSqliteDatabase):
    """SQLite in WAL; a lock held by another process is waited for without stopping this one. Those of this
    process wait for each other in a line: to ask SQLite again and again would hold up the one that writes."""

    patience = 30.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._line = threading.Lock()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """This greenlet's turn to write. Raises `OperationalError` where none comes in time."""
        if not self._line.acquire(timeout=self.patience):
            raise OperationalError("database is locked")
        try:
            yield
        finally:
            self._line.release()

    def _patiently(self, call: Any, *args: Any) -> Any:
        deadline, wait = time.monotonic() + self.patience, _FIRST_WAIT
        while True:
            try:
                return call(*args)
            except OperationalError as error:
                if not _locked(error) or self.in_transaction() or time.monotonic() > deadline:
                    raise
            time.sleep(wait)
            wait = min(wait * 2, _LONGEST_WAIT)

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        may_be_large = sql.startswith(_CHANGES_CHAT) and not getattr(self._state, "writes_little", False)
        is_large = may_be_large or (params and any(_is_large(one) for one in params))
        alone = self.turn() if sql.lstrip().startswith(_WRITES) and not self.in_transaction() else _NOTHING
        with _observed(), alone:
            return self._patiently(self._execute_large if is_large else super().execute_sql, sql, params)

    def fetched(self, sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
        """The rows of a small statement that only reads: the short way, half of what `execute_sql` costs."""
        if not _observers:
            # the long way, too, says what is wrong, or waits for a lock
            with contextlib.suppress(sqlite3.Error):
                return self.connection().execute(sql, params).fetchall()
        return self.execute_sql(sql, params).fetchall()

    def _execute_large(self, sql: str, params: Any) -> Any:
        """Writes something that may be of many megabytes: the statement, and the commit after it, run in gevent's
        thread pool, so that other greenlets go on."""
        self._state.is_large = self.in_transaction()
        cursor = self.cursor()
        with exception_wrapper:
            aside(cursor.execute, sql, params)
        return cursor

    def read_aside(self, sql: str, params: Any, shape: Callable[[Any], Any]) -> list[Any]:
        """`read_shaped`, here."""
        with _observed():
            return self._patiently(self._read_aside, sql, params, shape)

    def _read_aside(self, sql: str, params: Any, shape: Callable[[Any], Any]) -> list[Any]:
        cursor = self.cursor()

        def read() -> list[Any]:
            return _shaped(cursor.execute(sql, params), shape)

        with exception_wrapper:
            return aside(read)

    def begin(self, lock_type: str | None = None) -> None:
        self._patiently(super().begin, lock_type)

    def commit(self) -> None:
        if not getattr(self._state, "is_large", False):
            super().commit()
            return
        self._state.is_large = False
        with exception_wrapper:
            aside(self._state.conn.commit)


class SharedPostgres(PooledPostgresqlDatabase):
    """PostgreSQL through a pool; a connection that the server dropped is replaced, once, outside
    transactions."""

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        with _observed():
            return self._execute(sql, params)

    def fetched(self, sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
        """The rows of a small statement that only reads."""
        return self.execute_sql(sql, params).fetchall()

    def _execute(self, sql: str, params: Any) -> Any:
        try:
            return super().execute_sql(sql, params)
        except (OperationalError, InterfaceError) as error:
            if self.in_transaction() or self.is_connection_usable() or not self._dropped(error):
                raise
            log.warning("database connection lost, connecting again: %s", str(error).strip())
            self._drop_connection()
            return super().execute_sql(sql, params)

    def begin(self, isolation_level: str | None = None) -> None:
        try:
            super().begin(isolation_level)
        except (OperationalError, InterfaceError) as error:
            if self.is_connection_usable() or not self._dropped(error):
                raise
            log.warning("database connection lost, connecting again: %s", str(error).strip())
            self._drop_connection()
            self.connect()
            super().begin(isolation_level)

    @staticmethod
    def _dropped(error: Exception) -> bool:
        text = str(error)
        return any(
            mark in text
            for mark in ("timed out", "closed", "terminat", "SSL", "reset", "shutting down", "EOF", "broken")
        )

    def _drop_connection(self) -> None:
        with self._pool_lock:
            self._in_use.pop(self.conn_key(self._state.conn), None)
            self._pool_available.notify()
        self._close_raw(self._state.conn)
        self._state.reset()
        # its neighbours in the pool were dropped with it
        self.close_idle()


def bind(url: str, options: dict[str, Any]) -> None:
    """Binds every model to the database at `url`.

    `options`: `pool_size` (connections), `pool_timeout` (s), `pool_recycle` (s), `schema`
    (PostgreSQL) and `pragmas` (SQLite). Raises `ValueError` for a URL of another kind.
    """
    database.initialize(made(url, options))


def made(url: str, options: dict[str, Any]) -> SqliteDatabase | PostgresqlDatabase:
    """A database that no model is bound to; parameters and errors as those of `bind`."""
    if url.startswith("sqlite"):
        return _sqlite(url, options)
    if url.startswith(("postgres://", "postgresql://", "postgresql+")):
        return _postgres(url, options)
    kind = url.split(":", 1)[0]
    raise ValueError(f"DATABASE_URL starts with {kind!r}; sqlite:///… and postgresql://… are supported")


def _sqlite(url: str, options: dict[str, Any]) -> SharedSqlite:
    path = url.split("///", 1)[1] if "///" in url else url
    made = SharedSqlite(
        path,
        max_connections=None,
        pragmas={**options.get("pragmas", {}), "busy_timeout": 5},
        check_same_thread=False,
    )
    made.register_function(fold, FOLD, 1)
    made.register_function(_deposited, DEPOSITED, 1)
    return made


FOLD = "lightwell_fold"
"""The name under which SQLite knows `fold`: its own LIKE and lower() fold ASCII only."""


def fold(text: Any) -> str:
    """`text` in the form in which letters of both cases are equal."""
    return text.lower() if isinstance(text, str) else ""


def _postgres(url: str, options: dict[str, Any]) -> SharedPostgres:
    try:
        parameters = parse_url("postgresql:" + url.split(":", 1)[1], unquote_password=True, unquote_user=True)
    except ValueError as error:
        raise ValueError(f"DATABASE_URL cannot be read: {error}. Write postgresql://user:password@host/name") from error
    name = parameters.pop("database")
    if schema := options.get("schema"):
        parameters["options"] = f"-c search_path={schema}"
    _prepare_driver(int(parameters.setdefault("connect_timeout", _CONNECT_SECONDS)))
    return SharedPostgres(
        name,
        max_connections=options["pool_size"],
        timeout=options["pool_timeout"],
        stale_timeout=options["pool_recycle"],
        **{**_SILENCE, **parameters},
    )


_CONNECT_SECONDS = 10
_SILENCE = {"keepalives_idle": 30, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}
"""A line that was cut without a word is noticed: after 15 s where something was sent, after 45 s where not."""


def _prepare_driver(connect_seconds: int) -> None:
    """JSON columns stay text until somebody asks; under gevent a query lets other greenlets run, and a server that
    does not answer to a connection is given up after so many seconds (else the driver sees to that itself)."""
    import psycopg2.extensions  # noqa: PLC0415 - 8 MB that SQLite deployments do not need
    import psycopg2.extras  # noqa: PLC0415

    psycopg2.extras.register_default_json(loads=lambda text: text)
    psycopg2.extras.register_default_jsonb(loads=lambda text: text)
    if not is_cooperative():
        return
    from gevent import Timeout  # noqa: PLC0415 - only under gevent
    from gevent.socket import wait_read, wait_write  # noqa: PLC0415 - only under gevent

    def patiently(connection: Any) -> None:
        if connection.status != psycopg2.extensions.STATUS_SETUP:
            return wait(connection)
        with Timeout(connect_seconds, psycopg2.OperationalError("timeout expired")):
            return wait(connection)

    def wait(connection: Any) -> None:
        while (state := connection.poll()) != psycopg2.extensions.POLL_OK:
            if state == psycopg2.extensions.POLL_READ:
                wait_read(connection.fileno())
            elif state == psycopg2.extensions.POLL_WRITE:
                wait_write(connection.fileno())
            else:
                raise psycopg2.OperationalError(f"unexpected state {state} while waiting")

    psycopg2.extensions.set_wait_callback(patiently)


def is_sqlite() -> bool:
    """Whether the bound database is SQLite."""
    return isinstance(database.obj, SqliteDatabase)


def read_shaped(sql: str, params: Any, shape: Callable[[Any], Any]) -> list[Any]:
    """What `shape` makes of each row of a query whose rows may hold megabytes, without holding up others: SQLite's
    are read, and PostgreSQL's shaped, in the thread pool."""
    if is_sqlite():
        return database.obj.read_aside(sql, params, shape)
    rows = database.execute_sql(sql, params).fetchall()
    is_large = sum(len(one) for row in rows for one in row if isinstance(one, str)) >= LARGE
    return aside(_shaped, rows, shape) if is_large else _shaped(rows, shape)


def _shaped(rows: Iterable[Any], shape: Callable[[Any], Any]) -> list[Any]:
    return [shape(row) for row in rows]


def is_postgres() -> bool:
    """Whether the bound database is PostgreSQL."""
    return isinstance(database.obj, PostgresqlDatabase)


@contextlib.contextmanager
def write() -> Iterator[None]:
    """A transaction that writes: BEGIN IMMEDIATE on SQLite, so that a read in it stays true until
    its commit (data.md, locking). Nested calls join the outer one. No network call belongs inside.
    """
    if database.in_transaction():
        yield
        return
    if not is_sqlite():
        with database.atomic():
            yield
        return
    with database.obj.turn(), database.atomic("IMMEDIATE"):
        yield


@contextlib.contextmanager
def writing_little() -> Iterator[None]:
    """`with writing_little():` the chats that are changed in here are known to be small, so that the thread pool,
    which takes longer than they do, is spared."""
    state = database.obj._state
    before, state.writes_little = getattr(state, "writes_little", False), True
    try:
        yield
    finally:
        state.writes_little = before


def locked_rows(query: Any) -> Any:
    """`query` with FOR UPDATE on PostgreSQL; within `write` SQLite needs none."""
    return query.for_update() if is_postgres() else query


def release() -> None:
    """Gives this greenlet's connection back to the pool: after a request, before slow work."""
    if not database.obj.is_closed() and not database.in_transaction():
        database.close()


@contextlib.contextmanager
def connection() -> Iterator[None]:
    """`with connection():` for work outside a request: its connection goes back to the pool when the
    outermost such block ends. Slow work inside may `release()` it before; the next query opens another."""
    outermost = database.obj.is_closed()
    try:
        yield
    finally:
        if outermost:
            release()
