"""The example files for platforms say what the code reads, and start what there is."""

import configparser
import json
import pathlib
import re
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
START = "-m utils.http.frontend"
OUTSIDE = {"LIGHTWELL_GRACE_SECONDS", "PYTHON_VERSION", "PYTHONUNBUFFERED"}
"""What others than the settings read: gunicorn's configuration, the platform, Python."""


def read(name):
    return (ROOT / name).read_text()


def variables():
    """By file, the variables that it sets."""
    image = re.findall(r"^ENV (.*)", read("Dockerfile"), re.MULTILINE)
    return {
        "app.json": set(json.loads(read("app.json"))["env"]),
        "fly.toml": set(tomllib.loads(read("fly.toml"))["env"]),
        "render.yaml": set(re.findall(r"- key: (\w+)", read("render.yaml"))),
        "lightwell.service": set(re.findall(r"^Environment=(\w+)", read("lightwell.service"), re.MULTILINE)),
        "Dockerfile": {name for line in image for name in re.findall(r"(\w+)=", line) if not name.startswith("PIP_")},
    }


def test_variables_are_read(built_app):
    from config import variable_names
    from utils.settings import setting

    known = variable_names() | setting.declared_variables() | OUTSIDE
    assert {name: found - known for name, found in variables().items()} == dict.fromkeys(variables(), set())
    assert all(variables().values())


def test_all_start_the_same():
    for name in ("Procfile", "render.yaml", "lightwell.service"):
        assert re.search(rf"{START} \S*gunicorn app:app$", read(name), re.MULTILINE), name
    *_, command = re.findall(r"^CMD (.*)", read("Dockerfile"), re.MULTILINE)
    assert json.loads(command) == ["python", *START.split(), "gunicorn", "app:app"]


def test_the_image_holds_the_whole_program():
    copied = {
        name for line in re.findall(r"^COPY (.*) \S+$", read("Dockerfile"), re.MULTILINE) for name in line.split()
    }
    assert all((ROOT / name).exists() for name in copied)
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    modules = {f"{name}.py" for name in config["options"]["py_modules"].split()}
    packages = {name.rstrip("*") for name in config["options.packages.find"]["include"].split()}
    assert modules | packages | {"gunicorn.conf.py", "requirements.txt"} <= copied
