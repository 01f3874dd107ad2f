"""Where waiting jobs lie: huey's storages, with leases, so that a killed worker's job is done again.

Taking a job and noting who has it until when is one step. What is not done or renewed by then goes
back into the queue. Times are those of `utils.cluster.clock`: a machine's clock that is set neither
doubles a job nor holds one back. Messages are JSON: nobody who can write into Redis can run code here.
"""

import datetime
from typing import Any

from models import json_codec
from models.spared import without
from utils.cluster import clock

# huey asks for Redis wherever it is installed: 10 MB that a process without one does not need
with without("redis"):
    from huey import Huey, storage
    from huey.registry import Message
    from huey.serializer import Serializer
    from huey.storage import RedisStorage, SqliteStorage

LEASE_SECONDS = 45


class JsonMessages(Serializer):
    """huey's messages as JSON; a time is its text."""

    def _serialize(self, data: Any) -> bytes:
        fields = data._asdict()
        fields["eta"] = data.eta.isoformat() if data.eta else None
        return json_codec.dumps_bytes({name: value for name, value in fields.items() if value is not None})

    def _deserialize(self, data: bytes) -> Any:
        fields = json_codec.loads(data)
        if eta := fields.get("eta"):
            fields["eta"] = datetime.datetime.fromisoformat(eta)
        return Message(**fields)


def _seconds(moment: datetime.datetime) -> float:
    """Of huey's times, which are UTC and do not say so."""
    return moment.replace(tzinfo=datetime.UTC).timestamp()


class SqliteLeases(SqliteStorage):
    """The queue of a process that is alone: a file of its own in the data folder."""

    ddl = [
        *SqliteStorage.ddl,
        "create table if not exists lease (queue text not null, data blob not null, until real not null)",
    ]

    def dequeue(self) -> bytes | None:
        if not self.sql("select 1 from task where queue = ? limit 1", (self.name,), results=True):
            return None
        with self.db(commit=True) as cursor:
            cursor.execute("select id, data from task where queue = ? order by id limit 1", (self.name,))
            found = cursor.fetchone()
            if found is None:
                return None
            cursor.execute("delete from task where id = ?", (found[0],))
            cursor.execute("insert into lease values (?, ?, ?)", (self.name, found[1], clock.now() + LEASE_SECONDS))
            return bytes(found[1])

    def done(self, data: bytes) -> None:
        """The job is done, or queued anew by itself."""
        self.sql("delete from lease where queue = ? and data = ?", (self.name, data), commit=True)

    def add_to_schedule(self, data: bytes, ts: datetime.datetime) -> None:
        row = (self.name, data, _seconds(ts))
        self.sql("insert into schedule (queue, data, timestamp) values (?, ?, ?)", row, commit=True)

    def promote(self) -> None:
        """Queues what has waited long enough."""
        which, due = (self.name, clock.now()), "from schedule where queue = ? and timestamp <= ?"
        if not self.sql(f"select 1 {due} limit 1", which, results=True):
            return
        with self.db(commit=True) as cursor:
            ripe = f"select queue, data, 0 {due} order by timestamp, id"
            cursor.execute(f"insert into task (queue, data, priority) {ripe}", which)
            cursor.execute(f"delete {due}", which)

    def extend(self, jobs: list[bytes], seconds: float) -> None:
        """The jobs are being worked on, for so long at least; none gives them back."""
        for data in jobs:
            self.sql(
                "update lease set until = ? where queue = ? and data = ?",
                (clock.now() + seconds, self.name, data),
                commit=True,
            )

    def reclaim(self) -> int:
        """Puts back what nobody works on any more; returns how many."""
        # a lease longer than any is one of a process whose machine had another time
        which = (self.name, clock.now(), clock.now() + 2 * LEASE_SECONDS)
        late = "from lease where queue = ? and (until < ? or until > ?)"
        if not self.sql(f"select 1 {late}", which, results=True):
            return 0
        with self.db(commit=True) as cursor:
            cursor.execute(f"insert into task (queue, data, priority) select queue, data, 0 {late}", which)
            cursor.execute(f"delete {late}", which)
            return cursor.rowcount


_TAKE = """
local data = redis.call('rpop', KEYS[1])
if data then redis.call('zadd', KEYS[2], ARGV[1], data) end
return data
"""
_PROMOTE = """
local due = redis.call('zrangebyscore', KEYS[2], '-inf', ARGV[1])
for _, data in ipairs(due) do redis.call('lpush', KEYS[1], data) redis.call('zrem', KEYS[2], data) end
"""
_RECLAIM = """
local late = redis.call('zrangebyscore', KEYS[2], '-inf', ARGV[1])
for _, data in ipairs(late) do redis.call('rpush', KEYS[1], data) redis.call('zrem', KEYS[2], data) end
return #late
"""


class RedisLeases(RedisStorage):
    """The queue that all processes share; `prefix` is where its keys begin."""

    def __init__(self, name: str, *, client: Any, prefix: str) -> None:
        storage.Redis = RedisStorage.redis_client = type(client)
        super().__init__(name, blocking=False, connection_pool=client.connection_pool)
        self.queue_key, self.schedule_key = f"{prefix}:queue", f"{prefix}:later"
        self.result_key, self.counter_key = f"{prefix}:results", f"{prefix}:counters"
        self.lease_key = f"{prefix}:leases"

    def dequeue(self) -> bytes | None:
        taken = self.conn.eval(_TAKE, 2, self.queue_key, self.lease_key, clock.now() + LEASE_SECONDS)
        return taken.encode() if isinstance(taken, str) else taken

    def done(self, data: bytes) -> None:
        """The job is done, or queued anew by itself."""
        self.conn.zrem(self.lease_key, data)

    def add_to_schedule(self, data: bytes, ts: datetime.datetime) -> None:
        self.conn.zadd(self.schedule_key, {data: _seconds(ts)})

    def promote(self) -> None:
        """Queues what has waited long enough."""
        self.conn.eval(_PROMOTE, 2, self.queue_key, self.schedule_key, clock.now())

    def extend(self, jobs: list[bytes], seconds: float) -> None:
        """The jobs are being worked on, for so long at least; none gives them back."""
        if jobs:
            self.conn.zadd(self.lease_key, dict.fromkeys(jobs, clock.now() + seconds), xx=True)

    def reclaim(self) -> int:
        """Puts back what nobody works on any more; returns how many."""
        return self.conn.eval(_RECLAIM, 2, self.queue_key, self.lease_key, clock.now())


class LeasedHuey(Huey):
    """huey on one of these storages, keeping no results."""

    def __init__(self, name: str, storage: SqliteLeases | RedisLeases) -> None:
        self._made = storage
        super().__init__(name, results=False, serializer=JsonMessages())

    def create_storage(self) -> Any:
        return self._made

    def _get_timestamp(self) -> datetime.datetime:
        return clock.utc().replace(tzinfo=None)
