"""Files: what comes in, how far it is processed, who may see it, and how its bytes go out."""

import io
import threading
import time

import pytest

BASE = "/api/v1/files/"


@pytest.fixture
def upload(app):
    """`upload(ann, "a.txt", b"…")`: the answer; with `wait` its row once it is processed."""

    def send(owner, name="facts.txt", content=b"The harbour opens at six.", kind="text/plain", query="", meta=None):
        data = {"file": (io.BytesIO(content), name, kind)} | ({"metadata": meta} if meta is not None else {})
        return owner.post(BASE + query, data=data, content_type="multipart/form-data")

    return send


def processed(owner, answer, seconds=10):
    """The row of an uploaded file once it is done."""
    assert answer.status_code == 200, answer.json
    end = time.time() + seconds
    while True:
        row = owner.get(BASE + answer.json["id"]).json
        if row["data"]["status"] in ("completed", "failed"):
            return row
        assert time.time() < end, row
        time.sleep(0.02)


@pytest.fixture
def ann(login):
    return login("ann")


def test_a_file_comes_in_is_processed_and_goes_out(backend, ann, upload):
    answer = upload(ann, meta='{"from": "test"}')
    sent = answer.json
    assert sent["status"] is True
    assert sent["data"] == {"status": "pending"}
    assert sent["meta"]["size"] == 25
    assert sent["meta"]["data"] == {"from": "test"}
    assert sent["path"] == str(backend.folder / "uploads" / f"{sent['id']}_facts.txt")
    row = processed(ann, answer)
    assert row["data"] == {"status": "completed", "error": None, "content": "The harbour opens at six."}
    assert row["hash"] == row["meta"]["file_hash"] == sent["meta"]["file_hash"]
    shown = ann.get(BASE + sent["id"] + "/content")
    assert shown.data == b"The harbour opens at six."
    assert shown.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Content-Disposition" not in shown.headers
    assert ann.get(BASE + sent["id"] + "/process/status").json == {"status": "completed"}
    stream = ann.get(BASE + sent["id"] + "/process/status?stream=true")
    assert stream.data == b'data: {"status":"completed"}\n\n'


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("t.csv", b"a,b\n1,2\n3,4\n", "a: 1\nb: 2 a: 3\nb: 4"),
        ("h.html", b"<title>T</title><script>x<1</script><p>Hi &amp; you</p><!-- no --><b>there", "THi & youthere"),
        ("code.py", b"print('<b>')\r\n", "print('<b>')\n"),
        ("l1.txt", "Grüße aus Köln, schöne Straße".encode("latin-1"), "Grüße aus Köln, schöne Straße"),
        ("u16.txt", "héllo".encode("utf-16"), "héllo"),
        ("bom.txt", b"\xef\xbb\xbfhello", "hello"),
        ("no-extension", b"plain", "plain"),
    ],
)
def test_the_text_of_a_file_is_taken(ann, upload, name, content, text):
    assert processed(ann, upload(ann, name, content, "application/octet-stream"))["data"]["content"] == text


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [("i.png", b"\x89PNG\r\n\x1a\n\0", "image/png"), ("p.pdf", b"%PDF-1.4 x", "application/pdf"), ("b", b"\0\1", None)],
)
def test_what_holds_no_text_fails_and_can_still_be_had(ann, upload, name, content, kind):
    row = processed(ann, upload(ann, name, content, kind))
    assert row["data"]["status"] == "failed"
    assert row["data"]["error"]
    assert row["hash"] is None
    assert ann.get(BASE + row["id"] + "/content").data == content
    assert b'"error"' in ann.get(BASE + row["id"] + "/process/status?stream=true").data


def test_a_video_is_kept_without_text(ann, upload):
    row = processed(ann, upload(ann, "v.mp4", b"\0\0\0\x18ftyp", "video/mp4"))
    assert row["data"] == {"status": "completed", "error": None}


def test_a_page_of_angle_brackets_does_not_hold_anybody_up():
    from utils.retrieval import extract

    begun = time.process_time()
    for piece in ("<!--", '<a "', "<script>", "<", "&", "<a '"):
        extract.page(piece * 200_000)
    # quadratic work would take hours
    assert time.process_time() - begun < 60


def test_nothing_that_was_uploaded_runs_in_our_origin(admin, ann, upload):
    page = b"<script>alert(1)</script>"
    for owner in (ann, admin):
        file_id = upload(owner, "x.html", page, "text/html").json["id"]
        answer = owner.get(BASE + file_id + "/content")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    shown = admin.get(BASE + file_id + "/content/html")
    assert shown.headers["Content-Type"].startswith("text/html")
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert "allow-same-origin" not in shown.headers["Content-Security-Policy"]
    mine = upload(ann, "x.html", page, "text/html").json["id"]
    assert ann.get(BASE + mine + "/content/html").status_code == 404


def test_a_type_that_is_none_is_not_passed_on(ann, upload):
    file_id = upload(ann, "x.bin", b"abc", "text/html;\tevil, x", query="?process=false").json["id"]
    assert ann.get(BASE + file_id + "/content").headers["Content-Type"] in (
        "text/html; charset=utf-8",
        "application/octet-stream",
    )
    from models.files import File

    File.update(meta={"name": "x", "content_type": "text/html\r\nX-Evil: 1"}).where(File.id == file_id).execute()
    answer = ann.get(BASE + file_id + "/content")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert "X-Evil" not in answer.headers


def test_ranges_of_a_file(ann, upload):
    file_id = upload(ann, content=b"0123456789").json["id"]
    answer = ann.get(BASE + file_id + "/content", headers={"Range": "bytes=2-4"})
    assert (answer.status_code, answer.data) == (206, b"234")
    assert ann.get(BASE + file_id + "/content", headers={"Range": "bytes=50-"}).status_code == 416


@pytest.mark.parametrize("name", ["../../up.txt", "a/b/up.txt", "/etc/up.txt"])
def test_a_name_leads_nowhere(backend, ann, upload, name):
    answer = upload(ann, name, b"x", query="?process=false")
    assert answer.status_code == 200
    assert answer.json["filename"] == "up.txt"
    assert not (backend.folder / "up.txt").exists()
    assert {one.parent for one in (backend.folder / "uploads").iterdir()} == {backend.folder / "uploads"}


def test_a_name_is_one_line_in_one_folder():
    from utils.storage import blobs

    assert [blobs.base_name(one) for one in ("..\\..\\up.txt", "C:\\x\\up.txt", "u\0p\r\n.txt")] == ["up.txt"] * 3


def test_a_long_name_is_kept_in_the_row_only(backend, ann, upload):
    name = "ü" * 200 + ".txt"
    answer = upload(ann, name, b"long", query="?process=false").json
    assert answer["filename"] == name
    assert (backend.folder / "uploads" / f"{answer['id']}.txt").read_bytes() == b"long"
    assert ann.get(BASE + answer["id"] + "/content").data == b"long"


@pytest.mark.parametrize(
    ("content", "query", "meta", "status"),
    [
        (b"", "", None, 400),
        (b"", "?process=false", None, 400),
        (b"x", "", "nope", 400),
        (b"x", "", "[1]", 400),
        (b"x", "?process=perhaps", None, 422),
    ],
)
def test_a_bad_upload_leaves_nothing(backend, ann, upload, content, query, meta, status):
    folder = backend.folder / "uploads"
    before = set(folder.iterdir()) if folder.exists() else set()
    assert upload(ann, "e.txt", content, query=query, meta=meta).status_code == status
    assert ann.get(BASE + "count").json == 0
    assert (set(folder.iterdir()) if folder.exists() else set()) == before


def test_something_else_where_a_file_is_due(ann):
    for answer in (ann.post(BASE), ann.post(BASE, {"file": "x"})):
        assert answer.status_code == 422
        assert answer.json["detail"][0]["loc"] == ["body", "file"]
    fault = ann.post(BASE, data={"file": "text"}, content_type="multipart/form-data").json["detail"][0]
    assert (fault["type"], fault["input"]) == ("value_error", "text")
    assert ann.post(BASE, data=b"x", content_type="multipart/form-data; boundary=y").status_code == 400


def test_size_and_extension_are_limited(backend, admin, ann, upload):
    limits = {"FILE_MAX_SIZE": 1, "ALLOWED_FILE_EXTENSIONS": ["txt"]}
    assert admin.post("/api/v1/retrieval/config/update", limits).status_code == 200
    before = len(list((backend.folder / "uploads").glob("*"))) if (backend.folder / "uploads").exists() else 0
    assert upload(ann, content=b"x" * (2**20 + 1)).status_code == 413
    assert upload(ann, "a.md", b"x").status_code == 400
    assert before == (len(list((backend.folder / "uploads").glob("*"))) if (backend.folder / "uploads").exists() else 0)
    assert upload(ann, content=b"x" * 2**20).status_code == 200
    assert upload(ann, "a.md", b"x", query="?process=false").status_code == 200
    assert upload(ann, "A.TXT", b"x").status_code == 200


def test_a_full_disk_is_said(ann, upload, monkeypatch):
    import errno
    import os

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("utils.storage.arriving.os.fsync", full)
    answer = upload(ann)
    assert answer.status_code == 507
    assert "disk is full" in answer.json["detail"]
    assert ann.get(BASE + "count").json == 0


def test_lists_and_search(admin, ann, login, upload):
    for owner, name in ((ann, "one_a.txt"), (ann, "two%b.md"), (login("bob"), "three.txt")):
        processed(owner, upload(owner, name))
    mine = ann.get(BASE).json
    assert mine["total"] == 2
    assert {row["filename"] for row in mine["items"]} == {"one_a.txt", "two%b.md"}
    assert all(row["data"]["content"] for row in mine["items"])
    lean = ann.get(BASE + "?content=false").json["items"]
    assert all(row["data"]["status"] == "completed" and "content" not in row["data"] for row in lean)
    assert admin.get(BASE).json["total"] == admin.get(BASE + "count").json == 3
    assert admin.get(BASE + "user/count").json == 0

    def found(caller, pattern):
        return sorted(row["filename"] for row in caller.get(BASE + "user/search?filename=" + pattern).json)

    assert found(ann, "ONE*") == ["one_a.txt"]
    assert found(ann, "?ne_a.txt") == ["one_a.txt"]
    assert found(ann, "one?a*") == ["one_a.txt"]
    assert found(ann, "two%25b*") == ["two%b.md"]
    assert found(ann, "oneXa*") == found(ann, "one") == found(ann, "t%25b.md") == []
    assert ann.get(BASE + "search?filename=three*").status_code == 404
    assert [row["filename"] for row in admin.get(BASE + "search?filename=three*").json] == ["three.txt"]
    assert len(ann.get(BASE + "search?filename=*&limit=1&skip=1").json) == 1
    for query in ("", "?filename=*&limit=0", "?filename=*&skip=-1"):
        assert ann.get(BASE + "search" + query).status_code == 422


def test_text_and_name_can_be_changed(ann, upload):
    row = processed(ann, upload(ann))
    path = BASE + row["id"]
    assert ann.post(path + "/data/content/update", {"content": "new"}).json == {"content": "new"}
    assert ann.post(path + "/data/content/update", {"content": "  "}).status_code == 400
    changed = ann.post(path + "/rename", {"filename": "../x y.txt"}).json
    assert changed["filename"] == changed["meta"]["name"] == "../x y.txt"
    assert changed["path"] == row["path"]
    assert changed["data"]["content"] == "new"
    assert changed["hash"] != row["hash"]
    assert ann.get(path + "/content").data == b"The harbour opens at six."
    assert ann.get(path + "/content/n").headers["Content-Disposition"].endswith("''../x%20y.txt")


def test_deleting_takes_row_bytes_and_links(backend, admin, ann, upload):
    from models.knowledge import Knowledge, KnowledgeFile

    base = Knowledge.create(user_id=ann.id, name="k")
    first, second = (processed(ann, upload(ann)) for _ in range(2))
    KnowledgeFile.create(user_id=ann.id, knowledge_id=base.id, file_id=first["id"])
    assert ann.delete(BASE + first["id"]).status_code == 200
    assert not list((backend.folder / "uploads").glob(first["id"] + "*"))
    assert not KnowledgeFile.select().where(KnowledgeFile.file_id == first["id"]).exists()
    assert ann.delete(BASE + first["id"]).status_code == 404
    assert ann.delete(BASE + "all").status_code == 401
    assert admin.delete(BASE + "all").status_code == 200
    assert not list((backend.folder / "uploads").glob(second["id"] + "*"))
    assert admin.get(BASE + "count").json == 0


def test_the_text_of_a_lost_file_can_still_be_downloaded(backend, ann, upload):
    row = processed(ann, upload(ann))
    next((backend.folder / "uploads").glob(row["id"] + "*")).unlink()
    assert ann.get(BASE + row["id"] + "/content").status_code == 404
    assert ann.get(BASE + row["id"] + "/content/n").data == b"The harbour opens at six."


# -- who may


def may(caller, file_id):
    """Which of reading and changing the caller may."""
    reads = caller.get(BASE + file_id).status_code
    writes = caller.post(BASE + file_id + "/rename", {"filename": "x.txt"}).status_code
    assert {reads, writes} <= {200, 404}
    return {200: "r", 404: ""}[reads] + {200: "w", 404: ""}[writes]


def grant(kind, resource_id, user, permission="read"):
    from models.access_grants import AccessGrant

    AccessGrant.create(
        resource_type=kind, resource_id=resource_id, principal_type="user", principal_id=user.id, permission=permission
    )


def test_owner_and_administrators_and_nobody_else(admin, ann, login, upload):
    file_id = upload(ann).json["id"]
    assert [may(one, file_id) for one in (ann, admin, login("bob"))] == ["rw", "rw", ""]


@pytest.mark.parametrize(("by_owner", "expected"), [(True, "rw"), (False, "r")])
def test_through_a_knowledge_base(ann, login, upload, by_owner, expected):
    from models.knowledge import Knowledge, KnowledgeFile

    bob, carl = login("bob"), login("carl")
    file_id = upload(ann).json["id"]
    base = Knowledge.create(user_id=ann.id if by_owner else carl.id, name="k", description="")
    KnowledgeFile.create(user_id=ann.id, knowledge_id=base.id, file_id=file_id)
    assert may(bob, file_id) == ""
    grant("knowledge", base.id, bob)
    assert may(bob, file_id) == "r"
    grant("knowledge", base.id, bob, "write")
    assert may(bob, file_id) == expected
    assert may(carl, file_id) == ("" if by_owner else "r")


def test_through_channels(ann, login, upload):
    from models.base import now_ns
    from models.channels import Channel, ChannelFile, ChannelMember

    bob, carl = login("bob"), login("carl")
    file_id = upload(ann).json["id"]
    open_one, closed = Channel.create(user_id=ann.id, name="c"), Channel.create(user_id=ann.id, name="g", type="group")
    for channel in (open_one, closed):
        ChannelFile.create(user_id=ann.id, channel_id=channel.id, file_id=file_id)
    grant("channel", closed.id, bob)
    assert may(bob, file_id) == may(carl, file_id) == ""
    grant("channel", open_one.id, bob)
    ChannelMember.create(channel_id=closed.id, user_id=carl.id, joined_at=now_ns())
    assert may(bob, file_id) == may(carl, file_id) == "r"
    Channel.update(deleted_at=now_ns()).execute()
    assert may(bob, file_id) == may(carl, file_id) == ""


def test_through_shared_chats_and_folders(ann, login, upload):
    from models.chats import Chat, ChatFile
    from models.folders import Folder

    bob, carl = login("bob"), login("carl")
    file_id = upload(ann).json["id"]
    folder = Folder.create(id="f", user_id=ann.id, name="f", is_expanded=False)
    linked, filed = Chat.create(user_id=ann.id, share_id="s"), Chat.create(user_id=ann.id, folder_id=folder.id)
    for chat in (linked, filed):
        ChatFile.attach(chat.id, file_id, ann.id, None)
    assert may(bob, file_id) == may(carl, file_id) == ""
    grant("shared_chat", linked.id, bob)
    grant("folder", folder.id, carl)
    assert may(bob, file_id) == may(carl, file_id) == "r"


def test_through_notes_of_its_owner_only(ann, login, upload):
    from models.notes import Note

    bob = login("bob")
    file_id = upload(ann).json["id"]
    files = {"files": [{"type": "file", "id": file_id}]}
    grant("note", Note.create(user_id=login("carl").id, title="n", data=files).id, bob)
    assert may(bob, file_id) == ""
    grant("note", Note.create(user_id=ann.id, title="n", data=files).id, bob)
    assert may(bob, file_id) == "r"


def test_through_models(ann, login, upload):
    from models.workspace_models import WorkspaceModel

    bob = login("bob")
    known, shown = upload(ann).json["id"], upload(ann).json["id"]
    meta = {
        "knowledge": [{"type": "file", "id": known}],
        "background_image_url": f"/api/v1/files/{shown}/content",
    }
    WorkspaceModel.create(id="m", user_id=ann.id, base_model_id="gpt-test", name="m", params={}, meta=meta)
    assert may(bob, known) == may(bob, shown) == ""
    grant("model", "m", bob)
    assert may(bob, known) == may(bob, shown) == "r"
    grant("model", "m", bob, "write")
    assert may(bob, known) == "rw"
    assert may(bob, shown) == "r"


def test_nobody_gets_a_file_by_putting_it_into_a_thing_of_his_own(backend, admin, ann, login, upload, provider):
    from models.chats import Chat, ChatFile
    from models.folders import Folder
    from models.workspace_models import WorkspaceModel

    bob = login("bob")
    file_id = upload(ann).json["id"]
    backend.execute(
        "UPDATE config SET value = ? WHERE key = 'user.permissions'", '{"workspace":{"models":true},"sharing":{}}'
    )
    entry = {"type": "file", "id": file_id}
    model = {"id": "m", "name": "M", "base_model_id": "gpt-test", "params": {}, "meta": {"knowledge": [entry]}}
    assert bob.post("/api/v1/models/create", model).status_code == 403
    assert ann.post("/api/v1/models/create", model).status_code == 200
    WorkspaceModel.create(id="gpt-test", user_id=ann.id, name="x", params={}, meta={})
    grant("model", "gpt-test", bob)
    Folder.create(id="g", user_id=bob.id, name="f", is_expanded=False)

    def tell(person, reply, **more):
        question = {"id": f"q-{reply}", "role": "user", "content": "hi", "files": [entry]}
        turn = {"model": "gpt-test", "id": reply, "parent_id": None, "user_message": question, **more}
        assert person.post("/api/chat/completions", turn).status_code == 200
        return [row.user_id for row in ChatFile.select()]

    assert tell(bob, "a", folder_id="g") == []
    assert Chat.select().where(Chat.folder_id == "g").count() == 1
    assert bob.get(BASE + file_id).status_code == 404
    assert tell(ann, "b") == [ann.id]


# -- the queue


def test_a_dependency_that_fails_is_tried_again(ann, upload, monkeypatch):
    from utils.http.errors import ApiError
    from utils.retrieval import process

    tried = []

    def failing(row):
        tried.append(row.id)
        if len(tried) < 3:
            raise ApiError(503, "away")
        return "at last"

    monkeypatch.setattr(process, "_text", failing)
    monkeypatch.setitem(process.process._options, "retry_delay", 0)
    from utils.jobs import queue

    monkeypatch.setattr(queue, "_hueys", {})
    row = processed(ann, upload(ann))
    assert row["data"]["content"] == "at last"
    assert len(tried) == 3


def test_what_never_works_ends_as_failed(ann, upload, monkeypatch):
    from utils.jobs import queue
    from utils.retrieval import process

    def failing(row):
        raise OSError("gone for good")

    monkeypatch.setattr(process, "_text", failing)
    monkeypatch.setattr(process.process, "_options", {"retries": 1, "retry_delay": 0})
    monkeypatch.setattr(queue, "_hueys", {})
    row = processed(ann, upload(ann))
    assert row["data"]["status"] == "failed"
    assert "log" in row["data"]["error"]


def test_a_full_queue_takes_no_more_files(backend, ann, upload, monkeypatch):
    from utils.retrieval import process

    gate = threading.Event()
    monkeypatch.setattr(process, "_text", lambda row: gate.wait(10) and None)
    monkeypatch.setattr(process.process, "depth", 0)
    answer = upload(ann)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert ann.get(BASE + "count").json == 0
    gate.set()


@pytest.mark.live
def test_an_upload_that_breaks_off_leaves_nothing(live, enter):
    import socket

    bob = enter("bob")
    head = (
        "POST /api/v1/files/ HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: 9000000\r\nAuthorization: Bearer {bob.token}\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    )
    folder = live.backend.folder / "incoming"
    with socket.create_connection(("127.0.0.1", live.port)) as line:
        line.sendall(head.encode() + b"x" * 4_000_000)
        end = time.time() + 10
        while not (folder.exists() and list(folder.iterdir())):
            assert time.time() < end
            time.sleep(0.02)
    while list(folder.iterdir()):
        assert time.time() < end
        time.sleep(0.02)
    assert bob.get("/api/v1/files/count").json() == 0


def test_long_texts_in_a_list_go_out_one_by_one(ann, upload):
    from blueprints.files import routes_list

    texts = {"long.txt": "long ü " * routes_list._SHORT, "short.txt": "short", "empty.csv": ""}
    for name, text in texts.items():
        processed(ann, upload(ann, name, text.encode() or b"a,b\n"))
    answer = ann.get(BASE)
    assert {row["filename"]: row["data"]["content"] for row in answer.json["items"]} == texts
    assert answer.json["total"] == 3
    found = ann.get(BASE + "user/search?content=true&filename=*").json
    assert {row["filename"]: row["data"]["content"] for row in found} == texts
