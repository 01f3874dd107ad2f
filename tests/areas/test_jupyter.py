"""Code on a Jupyter server: of models, and of people in a message (chat.md 4.5, 6.6; areas code, utils)."""

import builtins
import json
import time

import pytest
from jupyterserver import PASSWORD, TOKEN, JupyterServer, error, shown, stream
from test_pipeline import CODE, LEGACY, answered
from test_tools import call, configure, results
from test_turn import ada, ask, stored, until  # noqa: F401
from toolserver import PIXEL

pytestmark = pytest.mark.live


@pytest.fixture
def jupyter(live):
    server = JupyterServer()
    for part in ("execution", "interpreter"):
        values = {"engine": "jupyter", "jupyter.url": server.url + "/", "jupyter.auth": "token"}
        values |= {"jupyter.auth_token": TOKEN, "jupyter.auth_password": PASSWORD, "jupyter.timeout": 10}
        for key, value in values.items():
            configure(live, f"code_{part}.{key}", value)
    yield server
    for part in ("execution", "interpreter"):
        configure(live, f"code_{part}.engine", "pyodide")
    server.close()


def run(person, code="1"):
    return person.post("/api/v1/utils/code/execute", {"code": code})


def test_a_person_runs_code(ada, jupyter):  # noqa: F811
    jupyter.says = [
        stream("one\n"),
        stream("careful\n", "stderr"),
        shown("display_data", image_png=PIXEL + "\n", text_plain="<picture>"),
        stream("two\n"),
        shown(text_plain="7"),
    ]
    answer = run(ada, "print('é')")
    assert answer.status_code == 200
    assert answer.json() == {
        "stdout": "one\ntwo",
        "stderr": "careful",
        "result": f"data:image/png;base64,{PIXEL}\n7",
    }
    assert jupyter.codes == ["print('é')"] and jupyter.kernels == []


def test_an_error_comes_with_its_trace(ada, jupyter):  # noqa: F811
    jupyter.says = [stream("a"), error("line 1", "ZeroDivisionError")]
    assert run(ada).json() == {"stdout": "a", "stderr": "line 1\nZeroDivisionError", "result": ""}


def test_a_password_opens_it_too(live, ada, jupyter):  # noqa: F811
    configure(live, "code_execution.jupyter.auth", "password")
    jupyter.doors, jupyter.says = "password", [shown(text_plain="3")]
    assert run(ada).json() == {"stdout": "", "stderr": "", "result": "3"}
    assert jupyter.kernels == []


@pytest.mark.parametrize("wrong", ["token", "password", "address", "no address", "hangs up", "silent"])
def test_what_hinders_it_is_said(live, ada, jupyter, wrong):  # noqa: F811
    settings = {
        "token": {"auth_token": "bad"},
        "password": {"auth": "password", "auth_password": "bad"},
        "address": {"url": "http://127.0.0.1:9"},
        "no address": {"url": ""},
        "silent": {"timeout": 1},
    }
    for key, value in settings.get(wrong, {}).items():
        configure(live, f"code_execution.jupyter.{key}", value)
    jupyter.hangs_up, jupyter.silent = wrong == "hangs up", wrong == "silent"
    jupyter.says = [stream("partly")]
    answer = run(ada)
    assert answer.status_code == 200 and answer.json()["stderr"] and not answer.json()["result"]
    assert (answer.json()["stdout"] == "partly") is (wrong == "silent")
    assert TOKEN not in answer.text and PASSWORD not in answer.text and jupyter.kernels == []


def test_it_is_refused_where_it_is_off_or_in_the_browser(live, ada, jupyter):  # noqa: F811
    configure(live, "code_execution.engine", "pyodide")
    assert run(ada).status_code == 400
    configure(live, "code_execution.enable", False)
    assert run(ada).status_code == 403
    configure(live, "code_execution.enable", True)
    assert ada.post("/api/v1/utils/code/execute", {}).status_code == 422
    assert jupyter.requests == []


def test_code_as_a_tool_runs_there(ada, jupyter, provider):  # noqa: F811
    jupyter.says = [stream("hi\n"), shown(image_png=PIXEL)]
    script = {"tool_calls": [call("execute_code", {"code": "```python\nprint('hi')\n```"})]}
    reply = answered(ada, provider, script, "ok", **CODE)
    assert jupyter.codes == ["print('hi')"] and "execute:python" not in ada.kinds()
    said = json.loads(results(reply)[0][1])
    address = said["result"].removeprefix("![Output Image](").removesuffix(")")
    assert said == {"status": "success", "stdout": "hi", "stderr": "", "result": f"![Output Image]({address})"}
    assert ada.get(address).headers["Content-Type"] == "image/png"
    assert provider.chats()[0]["messages"] == [{"role": "user", "content": "go"}]


def test_code_in_the_text_runs_there(ada, jupyter, provider):  # noqa: F811
    jupyter.says = [stream("1\n")]
    block = 'See: <code_interpreter type="code" lang="python">print(1)</code_interpreter>'
    reply = answered(ada, provider, block, "It is one.", **LEGACY)
    assert reply["output"][1]["output"] == {"stdout": "1", "stderr": "", "result": ""}
    assert reply["content"].endswith("It is one.") and "execute:python" not in ada.kinds()


def test_stopping_the_reply_ends_the_code(ada, jupyter, provider):  # noqa: F811
    jupyter.silent = True
    provider.say({"tool_calls": [call("execute_code", {"code": "wait"})]})
    answer, _, reply = ask(ada, "go", **CODE)
    chat_id = answer.json()["chat_id"]
    until(lambda: jupyter.codes)
    time.sleep(0.1)
    ada.post(f"/api/tasks/chat/{chat_id}/stop")
    ada.wait_kind("chat:active", seconds=5, active=False)
    assert stored(ada, chat_id)["messages"][reply]["output"][0]["status"] == "incomplete"
    until(lambda: jupyter.kernels == [], 5)


def test_modules_that_the_operator_refuses(live, ada, jupyter, provider):  # noqa: F811
    live.extra["CODE_INTERPRETER_BLOCKED_MODULES"] = "shelve, wave"
    live.restart()
    ada.connect()
    try:
        script = {"tool_calls": [call("execute_code", {"code": "import math, shelve.x\nprint(math.pi)"})]}
        answered(ada, provider, script, "ok", **CODE)
    finally:
        del live.extra["CODE_INTERPRETER_BLOCKED_MODULES"]
        live.restart()
        ada.connect()
    (code,) = jupyter.codes
    ran = {"__name__": "__main__"}
    ordinary = builtins.__import__
    try:
        exec(code.replace(", shelve.x", ""), ran)
        with pytest.raises(ImportError, match="wave"):
            exec("from wave import open", ran)
        with pytest.raises(ImportError, match="shelve"):
            exec(code, {"__name__": "__main__"})
    finally:
        builtins.__import__ = ordinary
