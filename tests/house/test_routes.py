"""Every route states who may call it, and that is what the contract measured (access.tsv)."""

import csv
import pathlib
import re

CONTRACT = pathlib.Path(__file__).parent.parent / "contract"


def shape(path):
    return re.sub(r"<[^>]+>|\{[^}]+\}", "{}", str(path))


def levels():
    with (CONTRACT / "access.tsv").open() as rows:
        return {(row["method"], shape(row["path"])): row["level"] for row in csv.DictReader(rows, delimiter="\t")}


def routes(app):
    for rule in app.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            yield method, shape(rule.rule), app.view_functions[rule.endpoint].policy


# what the table's level demands of the hook; the rest of a level is the handler's (owner, member, …)
HOOK = {
    "public": {"public", "public:optional-user"},
    "account": {"account"},
    "account:session": {"account:session"},
    "verified": {"verified"},
    "admin": {"admin"},
    "scim": {"public"},
}


def test_every_route_has_the_level_of_the_contract(built_app):
    table, wrong, seen = levels(), [], 0
    for method, path, policy in routes(built_app):
        if (method, path) not in table:
            continue
        seen += 1
        if policy.level not in HOOK[table[method, path]] if table[method, path] in HOOK else False:
            wrong.append((method, path, policy.level, table[method, path]))
        family = table[method, path].split(":")[0]
        if policy.level not in HOOK.get(table[method, path], HOOK[family]) | (
            {"verified"} if "in-handler" in table[method, path] else set()
        ):
            wrong.append((method, path, policy.level, table[method, path]))
    assert not wrong
    assert seen


def test_every_route_is_in_the_contract_or_ours(built_app):
    ours = {("GET", "/health"), ("GET", "/ready"), ("GET", "/health/db"), ("GET", "/openapi.json"), ("GET", "/metrics")}
    with (CONTRACT / "surface.tsv").open() as rows:
        known = {(row["method"], shape(row["path"])) for row in csv.DictReader(rows, delimiter="\t")}
    unknown = {(m, p) for m, p, _ in routes(built_app)} - known - ours
    assert not unknown
