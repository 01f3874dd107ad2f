"""A description of the API that is built, read from the routes and from what their views take.

Made when it is first asked for; comparable with the contract's openapi.json by paths, methods,
parameters and the fields of bodies.
"""

import re
from typing import Any

from flask import Flask

from config import VERSION
from utils.http import fields
from utils.http.fields import Form

_PARAMETER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
_MADE: list[dict[str, Any]] = []

Schema = dict[str, Any]
_PLAIN: dict[type, Schema] = {
    fields.String: {"type": "string"},
    fields.Integer: {"type": "integer"},
    fields.Float: {"type": "number"},
    fields.Boolean: {"type": "boolean"},
    fields.Object: {"type": "object", "additionalProperties": True},
    fields.Raw: {},
}


def describe(app: Flask) -> dict[str, Any]:
    """The description, as OpenAPI 3.1."""
    if not _MADE:
        _MADE.append(_description(app))
    return _MADE[0]


def _description(app: Flask) -> dict[str, Any]:
    schemas: dict[str, Schema] = {}
    paths: dict[str, dict[str, Any]] = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        for method in sorted(rule.methods or ()):
            paths.setdefault(_PARAMETER.sub(r"{\1}", rule.rule), {})[method.lower()] = _operation(rule, view, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Lightwell", "version": VERSION},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(schemas.items()))},
    }


def _operation(rule: Any, view: Any, schemas: dict[str, Schema]) -> dict[str, Any]:
    taken = getattr(view, "takes", None) or {"body": None, "query": None, "optional": False, "free": False}
    in_path = _PARAMETER.findall(rule.rule)
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in in_path]
    for name, one in taken["query"]().fields.items() if taken["query"] else ():
        shown = one.data_key or name
        # a view may serve two rules, and read from the query what the other one has in its path
        if shown not in in_path:
            where = {"name": shown, "in": "query", "required": one.required}
            parameters.append({**where, "schema": _schema(one, schemas)})
    operation: dict[str, Any] = {
        "tags": [rule.endpoint.split(".")[0]],
        "operationId": rule.endpoint.replace(".", "_"),
        "x-access": view.policy.level,
        "responses": {"200": {"description": "The answer."}},
    }
    if parameters:
        operation["parameters"] = parameters
    if taken["body"] or taken["free"]:
        body = _reference(taken["body"], schemas) if taken["body"] else {"type": "object", "additionalProperties": True}
        operation["requestBody"] = {
            "required": not taken["optional"],
            "content": {"application/json": {"schema": body}},
        }
    return operation


def _reference(form: type[Form], schemas: dict[str, Schema]) -> Schema:
    """A reference to the form's schema, which is described once."""
    area = form.__module__.removeprefix("blueprints.").split(".")[0]
    # a form that is made rather than written may share its name with others
    name = f"{area}.{form.__name__}" if form.__module__.startswith("blueprints.") else f"{form.__name__}.{id(form):x}"
    if name not in schemas:
        schemas[name] = {}
        known = form().fields
        schemas[name] = {
            "type": "object",
            "properties": {one.data_key or key: _schema(one, schemas) for key, one in known.items()},
            "required": [one.data_key or key for key, one in known.items() if one.required],
        }
    return {"$ref": f"#/components/schemas/{name}"}


def _schema(field: Any, schemas: dict[str, Schema]) -> Schema:
    """The schema of one field."""
    if isinstance(field, fields.Nested):
        schema = _reference(field.form, schemas)
    elif isinstance(field, fields.List):
        schema = {"type": "array", "items": _schema(field.of, schemas) if field.of else {}}
    elif isinstance(field, fields.OneOf):
        schema = {"anyOf": [_schema(one, schemas) for one in field.branches.values()]}
    elif isinstance(field, fields.Literal):
        schema = {"type": "string", "enum": list(field.words)}
    else:
        schema = next((dict(plain) for kind, plain in _PLAIN.items() if isinstance(field, kind)), {})
    return {"anyOf": [schema, {"type": "null"}]} if field.allow_none and schema else schema
