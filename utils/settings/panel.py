"""A page of settings: a table from the fields of an admin endpoint to persistent keys (config.tsv,
columns `endpoints` and `field`). One table gives the form that is taken and the answer that is given.
"""

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from marshmallow import fields as base

from utils.http.fields import Boolean, Float, Form, Integer, List, Nested, Object, OneOf, String
from utils.settings.setting import Setting, read, save

Row = tuple[Setting, base.Field]


def number_or_text(**options: Any) -> OneOf:
    """A field for counts that may be left empty."""
    return OneOf(int=Integer(), str=String(), **options)


def flag_or_text(**options: Any) -> OneOf:
    """A field for a switch that also knows words."""
    return OneOf(bool=Boolean(), str=String(), **options)


class Joined(String):
    """A list that a page shows as one text with commas."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        return [part.strip() for part in text.split(",") if part.strip()]

    @staticmethod
    def shown(value: Any) -> Any:
        return ",".join(map(str, value)) if isinstance(value, list) else value


def rows(module: ModuleType, names: str, **options: Any) -> dict[str, Row]:
    """Rows for the settings of `module` that are called as their fields are; the kind of a field is
    that of the setting's default. `options` are those of the fields: required, allow_none, …"""
    return {name: row(getattr(module, name), **options) for name in names.split()}


def row(setting: Setting, **options: Any) -> Row:
    """A row whose field is of the kind of the setting's default (text where that is none)."""
    return setting, _kind(setting.default)(**options)


def _kind(default: Any) -> Callable[..., base.Field]:
    if isinstance(default, bool):
        return Boolean
    for kind, field in ((int, Integer), (float, Float), (dict, Object)):
        if isinstance(default, kind):
            return field
    return _texts if isinstance(default, list) else String


def _texts(**options: Any) -> List:
    return List(String(), **options)


class Panel:
    """A page. `table`: dotted field to row. A field that was not sent keeps its value unless it has
    a `load_default`; with `null_keeps` one that was sent as null does too."""

    def __init__(self, table: Mapping[str, Row], *, null_keeps: bool = False) -> None:
        self.table = table
        self.null_keeps = null_keeps

    def form(self, **sections: dict[str, Any]) -> type[Form]:
        """The form of the whole page; `sections` are the options of its nested parts."""
        parts: dict[str, dict[str, base.Field]] = {}
        for place, (_, field) in self.table.items():
            section, _, name = place.rpartition(".")
            parts.setdefault(section, {})[name] = field
        top: dict[str, Any] = parts.pop("", {})
        for section, inner in parts.items():
            top[section] = Nested(_form(inner), **sections.get(section, {"required": True}))
        return _form(top)

    def show(self) -> dict[str, Any]:
        """The values in force, each at its place, in one query."""
        answer: dict[str, Any] = {}
        values = read(*(setting for setting, _ in self.table.values()))
        for (place, (_, field)), value in zip(self.table.items(), values, strict=True):
            section, _, name = place.rpartition(".")
            part = answer.setdefault(section, {}) if section else answer
            part[name] = field.shown(value) if isinstance(field, Joined) else value
        return answer

    def changes(self, body: Mapping[str, Any]) -> dict[Setting, Any]:
        """What a loaded form asks to be stored."""
        wanted = {}
        for place, (setting, _) in self.table.items():
            section, _, name = place.rpartition(".")
            part = (body.get(section) or {}) if section else body
            if name in part and not (part[name] is None and self.null_keeps):
                wanted[setting] = part[name]
        return wanted

    def store(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Stores all that a loaded form asks for, or nothing; returns what is in force then."""
        save(self.changes(body))
        return self.show()


def _form(fields: dict[str, Any]) -> type[Form]:
    return Form.from_dict(fields)  # type: ignore[return-value]
