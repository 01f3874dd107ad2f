"""The lists that the frontend asks for while it loads and on its main pages: who sees what, in which shape."""

import pytest

from models import access_grants
from models.base import now_ns

EVERYBODY = [{"principal_type": "user", "principal_id": "*", "permission": "read"}]


def keep(table, **values):
    from models import database

    with database.connection():
        row = table.create(**values)
    return row.id


def share(kind, row_id, grants):
    from models import database

    with database.connection():
        access_grants.replace(kind, row_id, grants)


def make_tool(owner, name):
    from models.tools import Tool

    return keep(Tool, id=name, user_id=owner.id, name=name, content="x", specs=[{"name": "now"}], meta={})


def make_skill(owner, name):
    from models.skills import Skill

    return keep(Skill, id=name, user_id=owner.id, name=name, content="x", is_active=True, meta={"tags": ["a"]})


def make_prompt(owner, name):
    from models.prompts import Prompt

    return keep(Prompt, user_id=owner.id, command=name, name=name, content="x", tags=[name])


def make_knowledge(owner, name):
    from models.knowledge import Knowledge

    return keep(Knowledge, user_id=owner.id, name=name, description="about " + name)


def make_note(owner, name):
    from models.notes import Note

    return keep(Note, user_id=owner.id, title=name, data={"content": {"md": "é" * 2000, "html": "<p>"}})


MAKERS = {"tool": make_tool, "skill": make_skill, "prompt": make_prompt, "knowledge": make_knowledge, "note": make_note}
LISTS = {
    "tool": "/api/v1/tools/list",
    "skill": "/api/v1/skills/list",
    "prompt": "/api/v1/prompts/list",
    "knowledge": "/api/v1/knowledge/search",
    "note": "/api/v1/notes/search",
}


def names(caller, path):
    answer = caller.get(path)
    assert answer.status_code == 200, answer.text
    items = answer.json["items"] if isinstance(answer.json, dict) else answer.json
    return sorted(item.get("name") or item.get("title") for item in items)


@pytest.mark.parametrize("kind", LISTS)
def test_lists_show_own_and_shared_rows(kind, login, admin):
    ann, bob = login("ann"), login("bob")
    MAKERS[kind](ann, "mine")
    shared = MAKERS[kind](ann, "shared")
    share(kind, shared, [{"principal_type": "user", "principal_id": bob.id, "permission": "read"}])
    assert names(ann, LISTS[kind]) == ["mine", "shared"]
    assert names(bob, LISTS[kind]) == ["shared"]
    assert names(admin, LISTS[kind]) == ["mine", "shared"]


@pytest.mark.parametrize("kind", ["skill", "prompt", "knowledge", "note"])
def test_views_search_and_order(kind, login):
    ann, bob = login("ann"), login("bob")
    for name in ("alpha", "beta"):
        MAKERS[kind](ann, name)
    other = MAKERS[kind](bob, "gamma")
    share(kind, other, [{"principal_type": "user", "principal_id": ann.id, "permission": "read"}])
    assert names(ann, LISTS[kind] + "?view_option=created") == ["alpha", "beta"]
    assert names(ann, LISTS[kind] + "?view_option=shared") == ["gamma"]
    assert names(ann, LISTS[kind] + "?query=ALPH") == ["alpha"]
    # as on the real server, whose searches know LIKE's wildcards
    assert names(ann, LISTS[kind] + "?query=%25") == ["alpha", "beta", "gamma"]
    in_order = ann.get(LISTS[kind] + "?order_by=name&direction=asc").json
    assert in_order["total"] == 3
    assert [one.get("name") or one["title"] for one in in_order["items"]] == ["alpha", "beta", "gamma"]
    assert ann.get(LISTS[kind] + "?page=2").json == {"items": [], "total": 3}


def test_rows_tell_who_may_write(login):
    ann, bob = login("ann"), login("bob")
    make_skill(ann, "own")
    lent = make_skill(bob, "lent")
    share(
        "skill", lent, [{"principal_type": "user", "principal_id": ann.id, "permission": p} for p in ("read", "write")]
    )
    public = make_skill(bob, "public")
    share("skill", public, EVERYBODY)
    rows = {row["name"]: row for row in ann.get("/api/v1/skills/list").json["items"]}
    assert {name: row["write_access"] for name, row in rows.items()} == {"own": True, "lent": True, "public": False}
    assert rows["lent"]["user"] == {"id": bob.id, "name": "Bob", "role": "user", "email": "bob@example.com"}
    assert rows["public"]["access_grants"][0]["principal_id"] == "*"


def test_notes_open_to_everybody_are_listed_but_not_searched(login):
    ann, bob = login("ann"), login("bob")
    share("note", make_note(ann, "open"), EVERYBODY)
    assert names(bob, "/api/v1/notes/") == ["open"]
    assert names(bob, "/api/v1/notes/search") == []


def test_notes_show_the_beginning_of_their_text(login):
    ann = login("ann")
    make_note(ann, "long")
    (note,) = ann.get("/api/v1/notes/").json
    assert note["data"] == {"content": {"md": "é" * 1000}}
    assert note["is_pinned"] is False


def test_pinned_notes_are_the_callers(login):
    from models.notes import PinnedNote

    ann, bob = login("ann"), login("bob")
    pinned = make_note(ann, "pinned")
    make_note(ann, "loose")
    keep(PinnedNote, user_id=ann.id, note_id=pinned)
    keep(PinnedNote, user_id=bob.id, note_id=pinned)
    assert names(ann, "/api/v1/notes/pinned") == ["pinned"]
    assert names(bob, "/api/v1/notes/pinned") == []


def test_tags_are_those_of_readable_prompts(login):
    ann, bob = login("ann"), login("bob")
    make_prompt(ann, "one")
    make_prompt(bob, "two")
    assert ann.get("/api/v1/prompts/tags").json == ["one"]
    assert names(ann, "/api/v1/prompts/list?tag=one") == ["one"]
    assert names(ann, "/api/v1/prompts/list?tag=on") == []


def test_functions_without_code(login, admin):
    from models.functions import Function

    keep(Function, id="f", user_id=admin.id, name="F", type="pipe", content="secret", is_active=True, is_global=False)
    (shown,) = login("ann").get("/api/v1/functions/").json
    assert shown["meta"] == {"description": None, "manifest": {}}
    assert "content" not in shown
    assert admin.get("/api/v1/functions/list").json[0]["user"]["id"] == admin.id
    assert login("ann").get("/api/v1/functions/list").status_code == 401


def test_files_are_the_owners_and_the_administrators(login, admin):
    from models.files import File

    ann, bob = login("ann"), login("bob")
    keep(
        File, user_id=ann.id, filename="a.txt", data={"content": "text", "status": "completed"}, meta={"name": "a.txt"}
    )
    assert ann.get("/api/v1/files/").json["items"][0]["data"]["content"] == "text"
    assert ann.get("/api/v1/files/?content=false").json["items"][0]["data"] == {"status": "completed"}
    assert bob.get("/api/v1/files/").json == {"items": [], "total": 0}
    assert admin.get("/api/v1/files/").json["total"] == 1
    assert ann.get("/api/v1/files/?page=0").status_code == 422


def test_files_of_knowledge_bases(login, admin):
    from models.files import File
    from models.knowledge import KnowledgeDirectory, KnowledgeFile

    ann, bob = login("ann"), login("bob")
    base = make_knowledge(ann, "base")
    top = keep(KnowledgeDirectory, knowledge_id=base, name="top", user_id=ann.id)
    inner = keep(KnowledgeDirectory, knowledge_id=base, name="inner", parent_id=top, user_id=ann.id)
    file = keep(File, user_id=ann.id, filename="deep.txt", path="/x", data={"content": "needle"})
    keep(KnowledgeFile, user_id=ann.id, knowledge_id=base, file_id=file, directory_id=inner)
    (found,) = ann.get("/api/v1/knowledge/search/files?query=deep").json["items"]
    assert (found["directory_path"], found["has_original"], found["collection"]["name"]) == ("top/inner", True, "base")
    assert ann.get("/api/v1/knowledge/search/files?query=needle").json["total"] == 0
    assert ann.get("/api/v1/knowledge/search/files?query=needle&include_content=true").json["total"] == 1
    assert bob.get("/api/v1/knowledge/search/files").json["total"] == 0
    assert admin.get("/api/v1/knowledge/search/files").json["total"] == 0
    assert ann.get("/api/v1/knowledge/").json["items"][0]["file_count"] == 1


def test_channels_of_a_member_with_what_is_unread(login, admin):
    from models.channels import Channel, ChannelMember, Message
    from utils.settings import keys

    ann, bob = login("ann"), login("bob")
    assert ann.get("/api/v1/channels/").status_code == 403
    keys.ENABLE_CHANNELS.set(True)
    talk = keep(Channel, user_id=ann.id, type="dm", name="")
    keep(ChannelMember, channel_id=talk, user_id=ann.id, joined_at=1, last_read_at=now_ns())
    keep(ChannelMember, channel_id=talk, user_id=bob.id, joined_at=2)
    keep(Channel, user_id=ann.id, name="private")
    share("channel", keep(Channel, user_id=admin.id, name="open"), EVERYBODY)
    keep(Channel, user_id=ann.id, name="gone", deleted_at=1)
    keep(Message, user_id=bob.id, channel_id=talk, content="hello")
    keep(Message, user_id=ann.id, channel_id=talk, content="hi")
    shown = ann.get("/api/v1/channels/").json
    assert sorted(one["name"] for one in shown) == ["", "open", "private"]
    assert shown[0]["unread_count"] == 1
    assert shown[0]["user_ids"] == [ann.id, bob.id]
    assert [one["name"] for one in bob.get("/api/v1/channels/").json] == ["", "open"]
    assert [one["name"] for one in admin.get("/api/v1/channels/").json] == ["open"]


def test_a_user_has_one_calendar_from_the_start(login, admin):
    ann = login("ann")
    first = ann.get("/api/v1/calendars/").json
    assert [one["name"] for one in first] == ["Personal"]
    assert ann.get("/api/v1/calendars/").json == first
    assert [one["is_system"] for one in admin.get("/api/v1/calendars/").json] == [False, True]


def test_events_that_come_again_are_shown_on_each_date(login):
    from models.calendars import CalendarEvent, CalendarEventAttendee

    ann, bob = login("ann"), login("bob")
    (calendar,) = ann.get("/api/v1/calendars/").json
    day = 86400 * 10**9
    start = 1_767_225_600 * 10**9  # 2026-01-01
    common = {"calendar_id": calendar["id"], "user_id": ann.id, "all_day": False, "is_cancelled": False}
    keep(CalendarEvent, title="daily", start_at=start, end_at=start + 60, rrule="FREQ=DAILY;COUNT=5", **common)
    once = keep(CalendarEvent, title="once", start_at=start + day, **common)
    keep(CalendarEventAttendee, event_id=once, user_id=bob.id, status="pending")
    keep(CalendarEvent, title="broken", start_at=start, rrule="NONSENSE", **common)
    path = "/api/v1/calendars/events?start=2026-01-02T00:00:00Z&end=2026-01-04T00:00:00"
    shown = ann.get(path).json
    assert [(one["title"], one["start_at"]) for one in shown if one["title"] == "daily"] == [
        ("daily", start + n * day) for n in (1, 2, 3)
    ]
    assert all(one["end_at"] == one["start_at"] + 60 for one in shown if one["title"] == "daily")
    assert [one["title"] for one in bob.get(path).json] == ["once"]
    assert ann.get("/api/v1/calendars/events?start=x&end=y").status_code == 400


def test_leaderboard_from_comparisons(login, admin):
    from models.feedbacks import Feedback

    ann = login("ann")
    for rating, siblings in ((1, ["b"]), (-1, None)):
        data = {"rating": rating, "model_id": "a", "sibling_model_ids": siblings, "tags": ["fun"]}
        keep(Feedback, user_id=ann.id, version=0, type="rating", data=data, snapshot={"chat": "x" * 1000})
    best, worst = admin.get("/api/v1/evaluations/leaderboard").json["entries"]
    assert (best["model_id"], best["rating"], best["won"], best["top_tags"]) == (
        "a",
        1016,
        1,
        [{"tag": "fun", "count": 2}],
    )
    assert (worst["model_id"], worst["rating"], worst["lost"]) == ("b", 984, 1)
    listed = admin.get("/api/v1/evaluations/feedbacks/list?model_id=a&order_by=rating").json
    assert listed["total"] == 2
    assert listed["items"][0]["user"]["name"] == "Ann"
    assert "snapshot" not in listed["items"][0]
    assert admin.get("/api/v1/evaluations/feedbacks/models").json == ["a"]


@pytest.mark.parametrize(
    ("path", "leaf", "code"),
    [
        ("/api/v1/notes/", "notes", 401),
        ("/api/v1/notes/search", "notes", 401),
        ("/api/v1/memories/", "memories", 403),
        ("/api/v1/calendars/", "calendar", 403),
    ],
)
def test_a_feature_that_is_not_permitted(path, leaf, code, login, admin):
    from utils.settings import keys

    tree = keys.USER_PERMISSIONS.get()
    keys.USER_PERMISSIONS.set({**tree, "features": {**tree["features"], leaf: False}})
    assert login("ann").get(path).status_code == code
    assert admin.get(path).status_code == 200


def test_terminals_without_their_keys(login, admin):
    from utils.settings import keys

    server = {"id": "t", "name": "T", "url": "http://t", "key": "secret", "enabled": True}
    keys.TERMINAL_SERVER_CONNECTIONS.set([{**server, "config": {"access_grants": EVERYBODY}}, {**server, "id": "u"}])
    assert [one["id"] for one in login("ann").get("/api/v1/terminals/").json] == ["t"]
    answer = admin.get("/api/v1/terminals/")
    assert [one["id"] for one in answer.json] == ["t", "u"]
    assert "secret" not in answer.text


def test_events_for_webhooks(login, admin):
    answer = admin.get("/api/events").json
    assert "chat.created" in [one["event"] for one in answer["events"]]
    assert admin.get("/api/events/webhooks").json == []
    assert login("ann").get("/api/events").status_code == 401
