"""/openapi.json against the contract's: paths, methods, fields of bodies."""

import json
import pathlib
import re

CONTRACT = json.loads((pathlib.Path(__file__).parent.parent / "contract" / "openapi.json").read_text())


def shape(path):
    return re.sub(r"\{[^}]+\}", "{}", path)


def body_of(operation, schemas):
    """The fields of a JSON body, or None where it has none or is free."""
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    for option in schema.get("anyOf", [schema]):
        if "$ref" in option:
            return set(schemas[option["$ref"].rsplit("/", 1)[1]].get("properties", {}))
    return None


def operations(document):
    return {
        (method, shape(path)): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_what_is_built_is_described_as_in_the_contract(anonymous):
    answer = anonymous.get("/openapi.json")
    assert answer.status_code == 200
    ours, theirs = operations(answer.json), operations(CONTRACT)
    assert len(set(ours) & set(theirs)) > 50
    missing = {}
    for key in set(ours) & set(theirs):
        wanted = body_of(theirs[key], CONTRACT["components"]["schemas"])
        given = body_of(ours[key], answer.json["components"]["schemas"])
        if wanted and given is not None and not wanted <= given:
            missing[key] = sorted(wanted - given)
    assert not missing


LISTS = {("get", "/api/v1/models/export")}
"""Views whose query holds a list, which they read themselves."""


def test_queries_are_those_of_the_contract(anonymous):
    ours, theirs = operations(anonymous.get("/openapi.json").json), operations(CONTRACT)
    unknown = {}
    for key in (set(ours) & set(theirs)) - LISTS:
        known = {p["name"] for p in theirs[key].get("parameters", []) if p["in"] == "query"}
        given = {p["name"] for p in ours[key].get("parameters", []) if p["in"] == "query"}
        if given != known:
            unknown[key] = sorted(given ^ known)
    assert not unknown


def test_only_in_development(app, anonymous, monkeypatch):
    import dataclasses

    from utils.settings import environment

    environment.use(dataclasses.replace(environment.current(), env="prod"))
    assert anonymous.get("/openapi.json").status_code == 404
