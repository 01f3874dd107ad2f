"""Fixtures of the browser journeys: the real, unmodified frontend in headless Chromium on a live server.

Each journey fails on any failed request, error in the console or uncaught exception of the page that it
did not announce with `expecting`: the announced ones are those that the real server causes as well.
"""

import contextlib
import os
import pathlib
import re
import shutil
import time
import uuid

import conftest as house
import pytest
import requests
from fakes import PASSWORD, LivePerson

FRONTEND = pathlib.Path(os.environ.get("FRONTEND_BUILD_DIR") or house.ROOT / "data" / "frontend")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE = 60_000  # ms

ALWAYS = ("GET /api/v1/channels/", "console: .*/api/v1/channels/")
"""What the real server causes in any journey: the page asks for channels although they are off (41)."""


def _needed(there, what):
    if there:
        return
    if house.REQUIRED:
        raise RuntimeError(f"{what} is required here")
    pytest.skip(f"{what} is not here")


@pytest.fixture(scope="session")
def browser():
    _needed(CHROMIUM, "Chromium")
    _needed((FRONTEND / "index.html").exists(), "the built frontend (`flask frontend`)")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def twins(tmp_path_factory):
    """Compressed files of the frontend, kept from one server to the next as a real data folder keeps them."""
    return tmp_path_factory.mktemp("twins")


@contextlib.contextmanager
def serving(backend, folder, twins):
    """A fresh server with the frontend and nobody on it."""
    place = house.Backend(backend.kind, folder)
    place.environ = {**backend.environ, **place.environ, "FRONTEND_BUILD_DIR": str(FRONTEND)}
    (place.folder / "frontend-encoded").symlink_to(twins)
    server = house.Live(place)
    yield server
    server.stop()
    place.close()


@pytest.fixture
def site(browser, backend, tmp_path_factory, provider, twins):
    """A server of the journey's own: for those that begin with nobody there, or change settings."""
    with serving(backend, tmp_path_factory.mktemp("site"), twins) as server:
        yield server


@pytest.fixture(scope="session")
def town(browser, backend, tmp_path_factory, twins):
    """The server that all other journeys share, each with people of its own; `admin` keeps it.

    `contexts` are browsers that nobody uses now: they have the frontend in their cache, which halves a journey."""
    with serving(backend, tmp_path_factory.mktemp("town"), twins) as server:
        server.admin, server.contexts = LivePerson.sign_up(server, "admin"), []
        everybody = {"principal_type": "user", "principal_id": "*", "permission": "read"}
        body = {"id": "gpt-test", "name": "gpt-test", "access_grants": [everybody]}
        assert server.admin.post("/api/v1/models/model/access/update", body).status_code == 200
        yield server
        for context in server.contexts:
            context.close()


class Visitor:
    """Somebody in front of a browser of his own; `problems` is what went wrong in it.

    `person` is the account that he is signed in with, where he is, for what a journey needs beforehand."""

    def __init__(self, context, site, person=None):
        self.site, self.person, self.problems, self._expected = site, person, [], list(ALWAYS)
        self.context, self.page = context, context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("response", self._answered)
        self.page.on("requestfailed", self._failed)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self._note(f"exception: {error}"))

    def _answered(self, response):
        if response.status >= 400:
            self._note(f"{response.status} {response.request.method} {response.url.removeprefix(self.site.url)}")

    def _said(self, message):
        if message.type == "error":
            self._note(f"console: {message.text} {message.location.get('url', '')}")

    def _failed(self, request):
        # what the page itself gives up, by navigating or by aborting, is no failure
        if "ERR_ABORTED" not in (request.failure or ""):
            self._note(f"failed: {request.method} {request.url} {request.failure}")

    def _note(self, line):
        if not any(re.search(pattern, line) for pattern in self._expected):
            self.problems.append(line)

    @contextlib.contextmanager
    def expecting(self, *patterns):
        """Problems that match one of `patterns` are meant to come up in here."""
        self._expected += patterns
        yield
        self.page.wait_for_timeout(200)
        del self._expected[-len(patterns) :]

    def open(self, path="/"):
        self.page.goto(self.site.url + path)
        return self

    def fill(self, **values):
        for name, value in values.items():
            self.page.fill(f"input#{name}", value)
        self.page.click("button[type=submit]")

    def sign_up_first(self, name="Ada"):
        """Creates the administrator on a fresh server, and closes the release notes."""
        # the page's own: it plays its film at the first click, which may have closed it
        self._expected.append("exception: .*reading 'play'")
        self.open()
        self.page.get_by_role("button", name="Get started").click()
        self.fill(name=name, email=f"{name.lower()}@example.com", password=PASSWORD)
        self.arrive()
        self.page.get_by_role("button", name="Close", exact=True).first.click()
        return self

    def sign_in(self, name="Ada", password=PASSWORD):
        self.open("/auth")
        self.fill(email=f"{name.lower()}@example.com", password=password)
        return self

    def arrive(self):
        """Waits until the chat is ready to be typed in."""
        self.page.wait_for_selector("#chat-input")
        self.page.wait_for_selector("#model-selector-model-button")
        return self

    def again(self):
        """Loads the page once more, so that it shows what the server has."""
        self.page.reload()
        return self.arrive()

    def sign_out(self):
        self.page.locator(
            "[aria-label='User menu']:visible, [aria-label='Open User Profile Menu']:visible"
        ).first.click()
        self.page.get_by_text("Sign Out").click()
        self.page.wait_for_selector("input#email")

    def say(self, text):
        self.page.click("#chat-input")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def pick(self, model):
        self.page.click("#model-selector-model-button")
        self.page.click(f"[role=option][data-value='{model}']")
        self.page.keyboard.press("Escape")

    @property
    def replies(self):
        return self.page.locator(".chat-assistant")

    def hears(self, text, nth=-1):
        """Waits until the reply holds `text`."""
        where = self.replies.last if nth == -1 else self.replies.nth(nth)
        where.filter(has_text=text).wait_for()

    def is_done(self):
        """Waits until no reply is under way."""
        self.page.get_by_role("button", name="Stop", exact=True).wait_for(state="detached")
        self.page.get_by_role("button", name="Regenerate").last.wait_for()

    def wrote(self, title, question="a question", answer="an answer", **row):
        """A chat of this person that is there already: its id. `row`: more fields of an export. The last is newest."""
        written = int(time.time()) - 3600 + next(house._counter)
        ids = [str(uuid.uuid4()), str(uuid.uuid4())]
        asked = {"id": ids[0], "parentId": None, "childrenIds": ids[1:], "role": "user", "content": question}
        told = {"id": ids[1], "parentId": ids[0], "childrenIds": [], "role": "assistant", "content": answer}
        told |= {"done": True, "model": "gpt-test"}
        history = {"currentId": ids[1], "messages": {ids[0]: asked, ids[1]: told}}
        chat = {"title": title, "models": ["gpt-test"], "history": history}
        answer = self.person.post(
            "/api/v1/chats/import", {"chats": [{"chat": chat, "created_at": written, "updated_at": written, **row}]}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()[0]["id"]

    @property
    def sidebar(self):
        return self.page.locator("#sidebar")

    def entry(self, title):
        """The chat of this title in the sidebar, or in the list of a folder."""
        return self.page.locator("[data-sidebar-chat-id]").filter(has_text=title)

    def choose(self, title, choice):
        """Chooses from the menu of a chat in the sidebar."""
        self.entry(title).hover()
        self.entry(title).get_by_role("button", name="Chat Menu").click()
        self.item(choice).click()

    def item(self, name):
        return self.page.get_by_role("menuitem", name=name, exact=True)

    def press(self, name):
        """Presses the button of this name in the dialog that lies on top."""
        self.dialog.get_by_role("button", name=name, exact=True).click()

    @property
    def dialog(self):
        return self.page.get_by_role("dialog").last

    def settings(self, tab):
        """Opens a page of one's own settings."""
        self.page.get_by_role("button", name="User Profile Menu").click()
        self.item("Settings").click()
        self.dialog.get_by_role("tablist", name="Personal").get_by_role("tab", name=tab).click()
        return self.dialog


def new_context(browser):
    return browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")


def went_well(visitors):
    """Fails if any of them met a problem."""
    problems = [problem for visitor in visitors for problem in visitor.problems]
    assert not problems, "\n".join(problems)


@pytest.fixture
def visit(browser, site):
    """`visit()`: a new visitor of the journey's own server. At the end none may have met a problem."""
    visitors = []

    def arrive():
        visitors.append(Visitor(new_context(browser), site))
        return visitors[-1]

    yield arrive
    for visitor in visitors:
        visitor.context.close()
    went_well(visitors)


@pytest.fixture
def meet(browser, town, provider):
    """`meet("ann")`: somebody with a new account in the town, signed in, the page not opened yet;
    `meet(person=ann)`: an account in one more browser, `meet(None)`: somebody without an account.
    At the end none may have met a problem."""
    visitors = []

    def arrive(name="ann", role="user", person=None):
        if name and person is None:
            person = LivePerson.sign_up(town, f"{name}-{next(house._counter)}")
            town.backend.execute('UPDATE "user" SET role = ? WHERE id = ?', role, person.id)
        context = town.contexts.pop() if town.contexts else new_context(browser)
        context.set_storage_state(remembered(town, person))
        visitors.append(Visitor(context, town, person))
        return visitors[-1]

    yield arrive
    for visitor in visitors:
        visitor.page.close()
    town.contexts += [visitor.context for visitor in visitors]
    went_well(visitors)


def remembered(town, person):
    """What a browser remembers of somebody who has been here: his token, the release notes read, the sidebar open."""
    if person is None:
        return {"cookies": [], "origins": []}
    version = requests.get(town.url + "/api/version", timeout=20).json()["version"]
    person.post("/api/v1/users/user/settings/update", json={"ui": {"version": version}})
    kept = {"token": person.token, "sidebar": "true"}
    items = [{"name": name, "value": value} for name, value in kept.items()]
    return {"cookies": [], "origins": [{"origin": town.url, "localStorage": items}]}
