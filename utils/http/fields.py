"""Fields whose faults are those of the contract: a type, and sometimes a context (http.md section 4).

Coercion is lax as there: "12" is an integer, "yes" a boolean; a number is not a string.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import EXCLUDE, INCLUDE, RAISE, Schema, ValidationError
from marshmallow import fields as base


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one value. `item` counts into a list when the fault is inside it."""

    type: str
    message: str
    context: Mapping[str, Any] | None = None


MISSING = Fault("missing", "This field is required.")
_EXTRA = Fault("extra_forbidden", "This field is not known here.")


def fail(type: str, message: str, context: Mapping[str, Any] | None = None) -> ValidationError:
    """The exception for a fault."""
    return ValidationError([Fault(type, message, context)])


class Form(Schema):
    """A body or query. Keys that were not sent stay absent unless the field has a `load_default`;
    unknown keys are ignored."""

    class Meta:
        unknown = EXCLUDE

    error_messages: dict[str, Any] = {
        "unknown": [_EXTRA],
        "type": [Fault("model_attributes_type", "An object is expected.")],
    }


class OpenForm(Form):
    """A form that keeps the keys it does not know (schemas with additionalProperties: true)."""

    class Meta:
        unknown = INCLUDE


class StrictForm(Form):
    """A form that refuses the keys it does not know (additionalProperties: false)."""

    class Meta:
        unknown = RAISE


class _Typed(base.Field):
    """A field of one JSON type; `null` is of the wrong type unless allowed."""

    fault = Fault("value_error", "This value cannot be used.")

    def __init__(self, **kwargs: Any) -> None:
        kwargs["error_messages"] = {
            "required": [MISSING],
            "null": [self.fault],
            "validator_failed": [Fault("value_error", "This value cannot be used.", {"error": {}})],
            **kwargs.get("error_messages", {}),
        }
        super().__init__(**kwargs)


class String(_Typed):
    """Text. `pattern`, `min_length` and `max_length` refuse as the contract does."""

    fault = Fault("string_type", "Text is expected.")

    def __init__(
        self, *, pattern: str | None = None, min_length: int = 0, max_length: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.pattern = re.compile(pattern) if pattern else None
        self.min_length, self.max_length = min_length, max_length

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError([self.fault])
        if self.pattern and not self.pattern.search(value):
            raise fail("string_pattern_mismatch", "This text has a wrong form.", {"pattern": self.pattern.pattern})
        if len(value) < self.min_length:
            raise fail("string_too_short", "This text is too short.", {"min_length": self.min_length})
        if self.max_length is not None and len(value) > self.max_length:
            raise fail("string_too_long", "This text is too long.", {"max_length": self.max_length})
        return value


FAR = 10**15


class Integer(_Typed):
    """A whole number, from text too; `ge`, `gt` and `le` bound it."""

    fault = Fault("int_type", "A whole number is expected.")

    def __init__(self, *, ge: int | None = None, gt: int | None = None, le: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ge, self.gt, self.le = ge, gt, le

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        number = self._number(value)
        if self.ge is not None and number < self.ge:
            raise fail("greater_than_equal", "This number is too small.", {"ge": self.ge})
        if self.gt is not None and number <= self.gt:
            raise fail("greater_than", "This number is too small.", {"gt": self.gt})
        if self.le is not None and number > self.le:
            raise fail("less_than_equal", "This number is too large.", {"le": self.le})
        return number

    def _number(self, value: Any) -> int:
        if isinstance(value, (bool, int)):
            return int(value)
        if isinstance(value, float):
            if not value.is_integer():
                raise fail("int_from_float", "A whole number is expected.")
            if abs(value) >= 2**63:
                raise fail("int_parsing_size", "This number is too large.")
            return int(value)
        if not isinstance(value, str):
            raise ValidationError([self.fault])
        text = value.strip()
        if not re.fullmatch(r"[+-]?\d{1,4300}(\.0*)?", text.replace("_", "")):
            raise fail("int_parsing", "This text is not a whole number.")
        # no column and no page goes further; what is beyond counts as the end
        return max(-FAR, min(FAR, int(text.replace("_", "").split(".")[0])))


class Float(_Typed):
    """A number, from text too."""

    fault = Fault("float_type", "A number is expected.")

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> float:
        if isinstance(value, (bool, int, float)):
            return float(value)
        if not isinstance(value, str):
            raise ValidationError([self.fault])
        try:
            number = float(value)
        except ValueError:
            raise fail("float_parsing", "This text is not a number.") from None
        if math.isnan(number):
            raise fail("float_parsing", "This text is not a number.")
        return number


_BOOLEANS = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0"), False),
}


class Boolean(_Typed):
    """true or false, from the usual words, 0 and 1 too."""

    fault = Fault("bool_type", "true or false is expected.")

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, (int, float, str)):
            word = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).lower()
            if word in _BOOLEANS:
                return _BOOLEANS[word]
            raise fail("bool_parsing", "This is neither true nor false.")
        raise ValidationError([self.fault])


class Literal(_Typed):
    """One of a few words."""

    def __init__(self, *words: str, **kwargs: Any) -> None:
        quoted = [f"'{word}'" for word in words]
        expected = quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]
        self.fault = Fault("literal_error", "This value is not one of the known ones.", {"expected": expected})
        self.words = words
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if value not in self.words:
            raise ValidationError([self.fault])
        return value


class Raw(_Typed):
    """Any JSON value, null included."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_none=True, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        return value


class Object(_Typed):
    """A free object; `of` is the field of its values."""

    fault = Fault("dict_type", "An object is expected.")

    def __init__(self, of: base.Field | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.of = of

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError([self.fault])
        return value if self.of is None else _each(self.of, value.items(), dict)


class List(_Typed):
    """A list; `of` is the field of its items."""

    fault = Fault("list_type", "A list is expected.")

    def __init__(self, of: base.Field | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.of = of

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError([self.fault])
        return value if self.of is None else list(_each(self.of, enumerate(value), dict).values())


def _each(field: base.Field, items: Any, into: Callable[[], dict]) -> dict:
    loaded, faults = into(), {}
    for key, item in items:
        try:
            loaded[key] = field.deserialize(item)
        except ValidationError as error:
            faults[key] = error.messages
    if faults:
        raise ValidationError(faults)
    return loaded


class Nested(_Typed):
    """An object of a known form."""

    fault = Fault("model_attributes_type", "An object is expected.")

    def __init__(self, form: type[Form], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.form = form
        self._schema: Form | None = None

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise ValidationError([self.fault])
        if self._schema is None:
            self._schema = self.form()
        return self._schema.load(value)


class OneOf(_Typed):
    """A value that one of several fields takes; the faults of all are reported, each under its name."""

    def __init__(self, **branches: Any) -> None:
        options = {
            name: branches.pop(name)
            for name in ("required", "allow_none", "load_default", "data_key")
            if name in branches
        }
        nulls = {name: field.error_messages["null"] for name, field in branches.items()}
        super().__init__(error_messages={"null": nulls}, **options)
        self.branches: dict[str, base.Field] = branches

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        faults = {}
        for name, field in self.branches.items():
            try:
                return field.deserialize(value)
            except ValidationError as error:
                faults[name] = error.messages
        raise ValidationError(faults)
