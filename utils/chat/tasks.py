"""Running turns: which there are, of which chat, and stopping them wherever they run.

In memory, and with Redis in the other server's keys and channel, so that each server lists and stops
what runs on the other (data.md section 6; chat.md section 8).
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from models import json_codec
from utils.cluster import redis
from utils.http import logs
from utils.http.errors import conflict
from utils.jobs import drain
from utils.settings import environment

log = logging.getLogger("lightwell.chat")

_RENEW_EVERY = 75
_LISTEN_SECONDS = 5.0


class Stopped(Exception):
    """The task was asked to stop."""


class Task:
    """One running turn of one assistant message. `item` is its chat's id."""

    def __init__(self, item: str, user_id: str) -> None:
        self.id = str(uuid.uuid4())
        self.item, self.user_id = item, user_id
        self.stopped = False
        self.interrupted = False
        """Stopped because the process ends, not because somebody asked."""
        self._wakers: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def on_stop(self, waker: Callable[[], None]) -> None:
        """Calls `waker` when the task is stopped: it ends whatever the task is waiting for."""
        with self._lock:
            self._wakers.append(waker)
            late = self.stopped
        if late:
            waker()

    def stop(self, *, interrupted: bool = False) -> None:
        """Asks the task to end."""
        with self._lock:
            if self.stopped:
                return
            self.stopped, self.interrupted = True, interrupted
            wakers = list(self._wakers)
        for waker in wakers:
            waker()

    def check(self) -> None:
        """Raises `Stopped` once the task was asked to stop."""
        if self.stopped:
            raise Stopped(self.id)


_Result = TypeVar("_Result")


def unless_stopped(task: Task, call: Callable[[], _Result], discard: Callable[[_Result], None]) -> _Result:
    """What `call` returns or raises. Raises `Stopped` as soon as the task is stopped, whatever `call`
    waits for then; what it returns later is discarded."""
    ended = threading.Event()
    results: list[_Result] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            result = call()
        except Exception as error:  # noqa: BLE001 - raised again by the waiting side
            errors.append(error)
        else:
            if task.stopped:
                discard(result)
            else:
                results.append(result)
        ended.set()

    task.on_stop(ended.set)
    threading.Thread(target=logs.carried(run), name="provider-answer", daemon=True).start()
    ended.wait()
    if results:
        return results[0]
    task.check()
    raise errors[0]


_tasks: dict[str, Task] = {}
_lock = threading.Lock()
_listening = threading.Event()


def begin(item: str, user_id: str) -> Task:
    """Registers a task before it runs."""
    task = Task(item, user_id)
    with _lock:
        _tasks[task.id] = task
    if environment.current().redis_url:
        redis.ask(lambda client: _register(client, [task]), None)
        listen()
    return task


def _register(client: Any, tasks: list[Task]) -> None:
    pipe = client.pipeline()
    for task in tasks:
        pipe.hset(redis.key("tasks"), task.id, task.item)
        pipe.set(redis.key("tasks", task.id), "1", ex=environment.current().redis_task_ttl)
        pipe.sadd(redis.key("tasks", "item", task.item), task.id)
    pipe.execute()


def end(task: Task) -> None:
    """Takes a task off the lists."""
    with _lock:
        _tasks.pop(task.id, None)
    redis.ask(lambda client: _forget(client, task.id, task.item), None)


def _forget(client: Any, task_id: str, item: str) -> None:
    pipe = client.pipeline()
    pipe.hdel(redis.key("tasks"), task_id)
    pipe.delete(redis.key("tasks", task_id))
    pipe.srem(redis.key("tasks", "item", item), task_id)
    pipe.execute()


def own() -> list[str]:
    """The ids of this process's running tasks."""
    return list(_tasks)


def bury(task_id: str, item: str) -> None:
    """Takes a task off the lists whose process died."""
    redis.ask(lambda client: _forget(client, task_id, item), None)


def everything() -> list[str]:
    """The ids of all running tasks, of every process."""

    def shared(client: Any) -> list[str]:
        known = client.hgetall(redis.key("tasks"))
        return list(_alive(client, list(known), known))

    return redis.ask(shared, list(_tasks))


def items() -> set[str]:
    """What has running tasks, in every process: the ids of chats in which a reply is being written."""
    ours = {task.item for task in list(_tasks.values())}
    return ours | redis.ask(lambda client: set(client.hvals(redis.key("tasks"))), set())


def of_item(item: str) -> list[str]:
    """The ids of a chat's running tasks, of every process, the oldest first where they are ours."""
    ours = [task.id for task in list(_tasks.values()) if task.item == item]

    def elsewhere(client: Any) -> list[str]:
        others = [one for one in client.smembers(redis.key("tasks", "item", item)) if one not in _tasks]
        return list(_alive(client, others, dict.fromkeys(others, item)))

    return ours + redis.ask(elsewhere, [])


def require_idle(item: str) -> None:
    """Raises 409 while a task of this chat runs."""
    if of_item(item):
        raise conflict("A reply is being written in this chat.")


def _alive(client: Any, task_ids: list[str], items: dict[str, str]) -> Iterator[str]:
    """Those with a sign of life; the rest are cleaned away."""
    if not task_ids:
        return
    signs = client.mget([redis.key("tasks", task_id) for task_id in task_ids])
    for task_id, sign in zip(task_ids, signs, strict=True):
        if sign is not None:
            yield task_id
        elif task_id not in _tasks:
            _forget(client, task_id, items.get(task_id, ""))


def stop(task_id: str) -> bool:
    """Stops a task wherever it runs; False when there is none of that id."""
    task = _tasks.get(task_id)
    if task is not None:
        task.stop()
        return True
    command = json_codec.dumps({"action": "stop", "task_id": task_id})

    def elsewhere(client: Any) -> bool:
        if client.get(redis.key("tasks", task_id)) is None:
            return False
        client.publish(redis.key("tasks", "commands"), command)
        return True

    return redis.ask(elsewhere, False)


def stop_item(item: str) -> int:
    """Stops all tasks of a chat; returns how many there were."""
    task_ids = of_item(item)
    for task_id in task_ids:
        stop(task_id)
    return len(task_ids)


# -- the other processes


def listen() -> None:
    """Starts hearing other processes' commands and renewing the signs of life, once."""
    if not _listening.is_set():
        _listening.set()
        threading.Thread(target=_listen, name="task-commands", daemon=True).start()


def _listen() -> None:
    while not drain.draining() and (client := redis.client()) is not None:
        try:
            _hear(client)
        except redis.failures() as error:
            log.error("cannot hear of tasks over Redis: %s", error)
            time.sleep(1)
            # a Redis that comes back may have forgotten them
            _renew()
    _listening.clear()


def _hear(client: Any) -> None:
    renewed = time.monotonic()
    with client.pubsub(ignore_subscribe_messages=True) as pubsub:
        pubsub.subscribe(redis.key("tasks", "commands"))
        while not drain.draining():
            message = pubsub.get_message(timeout=_LISTEN_SECONDS)
            if message and message["type"] == "message":
                _obey(message["data"])
            if time.monotonic() - renewed > _RENEW_EVERY:
                renewed = time.monotonic()
                _renew()


def _obey(text: str) -> None:
    try:
        command = json_codec.loads(text)
        task = _tasks.get(command["task_id"]) if command.get("action") == "stop" else None
    except (ValueError, KeyError, AttributeError):
        return
    if task is not None:
        task.stop()


def _renew() -> None:
    if running := list(_tasks.values()):
        redis.ask(lambda client: _register(client, running), None)


def interrupt_all() -> None:
    """The process ends: what is not finished is saved with what has come, and marked."""
    for task in list(_tasks.values()):
        task.stop(interrupted=True)


drain.on_drain(interrupt_all, last=True)
