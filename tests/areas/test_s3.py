"""Files in an S3 bucket: stored, read with and without a local copy, deleted, and what happens when it is away."""

import pytest
from s3server import Bucket
from test_files import BASE, processed, upload  # noqa: F401

import config


@pytest.fixture
def bucket():
    made = Bucket()
    made.objects["other/kept.txt"] = b"not ours"
    yield made
    made.close()


@pytest.fixture
def on_s3(app, backend, bucket):
    """`on_s3(STORAGE_LOCAL_CACHE="false")`: the server keeps its files in the bucket from here on."""
    from utils.settings import environment

    def switch(**environ):
        s3 = {
            "STORAGE_PROVIDER": "s3",
            "S3_BUCKET_NAME": "files",
            "S3_KEY_PREFIX": "team/a",
            "S3_ENDPOINT_URL": bucket.url,
            "S3_REGION_NAME": "eu-central-1",
            "S3_ACCESS_KEY_ID": "key-id",
            "S3_SECRET_ACCESS_KEY": "secret",
            "S3_ADDRESSING_STYLE": "path",
        }
        environment.use(config.load({**backend.environ, **s3, **environ}))
        return backend.folder / "uploads"

    return switch


@pytest.mark.parametrize("cached", ["true", "false"])
def test_the_life_of_a_file_in_a_bucket(on_s3, bucket, login, upload, cached):  # noqa: F811
    folder, ann = on_s3(STORAGE_LOCAL_CACHE=cached, S3_ENABLE_TAGGING="true"), login("ann")
    answer = upload(ann, "fäcts.txt", b"in the bucket")
    sent = answer.json
    key = f"team/a/{sent['id']}_fäcts.txt"
    assert sent["path"] == f"s3://files/{key}"
    assert bucket.objects[key] == b"in the bucket"
    assert bucket.tags[key]["OpenWebUI-User-Email"] == "ann@example.com"
    assert processed(ann, answer)["data"]["content"] == "in the bucket"
    for path in ("/content", "/content/x"):
        shown = ann.get(BASE + sent["id"] + path)
        assert shown.data == b"in the bucket"
        shown.close()
    assert bool(list(folder.glob(f"{sent['id']}*"))) == (cached == "true")
    assert bool(bucket.gets) == (cached == "false")
    assert not [one for one in folder.iterdir() if one.name.startswith(".")]
    assert ann.delete(BASE + sent["id"]).status_code == 200
    assert list(bucket.objects) == ["other/kept.txt"]


def test_a_file_that_another_server_stored_is_fetched_once(on_s3, bucket, login, upload):  # noqa: F811
    folder, ann = on_s3(), login("ann")
    sent = upload(ann, content=b"shared", query="?process=false").json
    for one in folder.glob(f"{sent['id']}*"):
        one.unlink()
    for _ in range(3):
        assert ann.get(BASE + sent["id"] + "/content").data == b"shared"
    assert bucket.gets == 1
    bucket.objects.clear()
    for one in folder.glob(f"{sent['id']}*"):
        one.unlink()
    assert ann.get(BASE + sent["id"] + "/content").status_code == 404


def test_all_files_end_and_nobody_elses(on_s3, bucket, admin, upload):  # noqa: F811
    on_s3()
    for _ in range(3):
        upload(admin, query="?process=false")
    assert len(bucket.objects) == 4
    assert admin.delete(BASE + "all").status_code == 200
    assert list(bucket.objects) == ["other/kept.txt"]


def test_a_bucket_that_is_away_is_said_and_nothing_is_half_stored(on_s3, bucket, login, upload):  # noqa: F811
    folder, ann = on_s3(STORAGE_LOCAL_CACHE="false"), login("ann")
    sent = upload(ann, query="?process=false").json
    before = {one.name for one in folder.iterdir()}
    bucket.down = True
    answer = upload(ann)
    assert answer.status_code == 503
    assert "file store" in answer.json["detail"]
    assert ann.get(BASE + "user/count").json == 1
    assert ann.get(BASE + sent["id"] + "/content").status_code == 503
    assert {one.name for one in folder.iterdir()} == before
    bucket.down = False
    assert ann.get(BASE + sent["id"] + "/content").status_code == 200


def test_files_from_before_the_bucket_stay_readable(on_s3, login, upload):  # noqa: F811
    ann = login("ann")
    sent = upload(ann, content=b"local", query="?process=false").json
    on_s3()
    assert ann.get(BASE + sent["id"] + "/content").data == b"local"


def test_a_start_without_what_s3_needs_ends_with_a_word(backend):
    from utils.settings import environment
    from utils.storage import s3

    known = environment.current()
    environment.use(config.load({**backend.environ, "STORAGE_PROVIDER": "s3"}))
    try:
        with pytest.raises(config.ConfigError, match="S3_BUCKET_NAME"):
            s3.check()
    finally:
        environment.use(known)


def test_doctor_tries_the_bucket(on_s3, bucket):
    from utils.operations import doctor

    def said():
        return "\n".join(f"{text} {good}" for _, text, good in doctor._storage())

    on_s3()
    assert said().splitlines()[0].startswith(f"s3://files/team/a at {bucket.url}, with copies")
    assert "takes and deletes an object True" in said()
    assert list(bucket.objects) == ["other/kept.txt"]
    on_s3(S3_BUCKET_NAME="another")
    assert "NoSuchBucket" in said() and "False" in said()
    on_s3(S3_ENDPOINT_URL="http://me:pass-word@127.0.0.1:1")
    assert "Could not connect" in said() and "pass-word" not in said()
    on_s3(S3_ENDPOINT_URL="no address")
    assert "Invalid endpoint" in said()
    on_s3(S3_BUCKET_NAME="")
    assert "S3_BUCKET_NAME" in said()
    bucket.down = True
    on_s3()
    assert "SlowDown" in said() and "False" in said()
