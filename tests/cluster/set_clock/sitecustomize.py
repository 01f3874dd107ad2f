"""A machine's clock that somebody sets: with this folder on PYTHONPATH, the file LIGHTWELL_TEST_CLOCK
says by how many seconds this process's clock is wrong. Monotonic time passes as always."""

import datetime
import os
import pathlib
import time

_file, _time, _time_ns = pathlib.Path(os.environ["LIGHTWELL_TEST_CLOCK"]), time.time, time.time_ns


def wrong_by():
    return int(_file.read_text())


class Set(datetime.datetime):
    """`datetime` by the clock that was set."""

    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls):
        return cls.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None)


time.time = lambda: _time() + wrong_by()
time.time_ns = lambda: _time_ns() + wrong_by() * 10**9
datetime.datetime = Set
