"""What a dyno of 512 MB carries, with no more to be had.

The system refuses memory beyond the limit (RLIMIT_DATA: what a process may write to, stacks included, used
or not), half of it for the master and half for the worker: a stricter bound than a container's, which counts
what is used. A cgroup would need rights that a test rarely has.
"""

import resource

import pytest
from bench.cluster import Crowd, family, resident
from conftest import Backend, Live
from fakes import LivePerson

pytestmark = pytest.mark.live

DYNO_MB = 512


def test_200_sockets_and_100_streams_fit_a_dyno(backend, provider, tmp_path_factory, record_property):
    made = Backend(backend.kind, tmp_path_factory.mktemp("dyno"))
    made.environ = {**backend.environ, **made.environ, "BYPASS_MODEL_ACCESS_CONTROL": "true"}
    server = Live(made)
    processes = family(server.process.pid)
    for pid in processes:
        resource.prlimit(pid, resource.RLIMIT_DATA, (DYNO_MB * 2**20 // len(processes),) * 2)
    try:
        tokens = [LivePerson.sign_up(server, f"crowd{number}").token for number in range(20)]
        crowd = Crowd(server.url, tokens)
        crowd.open(200)
        idle = resident(family(server.process.pid))
        replies = set(crowd.start(100, 40, 0.2))
        peaks = []

        def all_done():
            if not crowd.frames % 50:
                peaks.append(resident(family(server.process.pid)))
            return replies <= crowd.finished

        crowd.hear(all_done, 90)
        peak = max([*peaks, resident(family(server.process.pid))])
        record_property("megabytes", f"{idle:.0f} with 200 sockets, {peak:.0f} with 100 streams")
        assert replies <= crowd.finished
        assert peak < DYNO_MB
        assert "MemoryError" not in server.log()
        assert family(server.process.pid) == processes
        crowd.close()
    finally:
        server.stop()
        made.close()
