"""What a dyno of 512 MB carries."""

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
        crowd.close()
    finally:
        server.stop()
        made.close()
