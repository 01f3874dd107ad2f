"""What the models area takes in."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from utils.http.fields import (
    Boolean,
    Form,
    Integer,
    List,
    Literal,
    Nested,
    Object,
    OpenForm,
    Raw,
    StrictForm,
    String,
    fail,
)

_UUID = r"^[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{4}-[a-fA-F0-9]{12}$"
_NAME = r"^(?!(?:constructor|prototype)\Z)[a-zA-Z][a-zA-Z0-9_-]*\Z"
_ID = r"^\S+$"


class Named(Object):
    """An object whose keys are of a kind; a faulty key is reported as `[key]` under itself."""

    def __init__(self, *, least: int = 0, key_pattern: str = "", words: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least = least
        self.key: Any = Literal(*words) if words else String(pattern=key_pattern)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> dict[str, Any]:
        if isinstance(value, dict):
            if len(value) < self.least:
                context = {"field_type": "Dictionary", "min_length": self.least, "actual_length": len(value)}
                raise fail("too_short", "More entries are expected.", context)
            self._check_keys(value)
        return super()._deserialize(value, attr, data, **kwargs)

    def _check_keys(self, value: dict[str, Any]) -> None:
        faults: dict[str, Any] = {}
        for name in value:
            try:
                self.key.deserialize(name)
            except ValidationError as error:
                faults[name] = {"[key]": error.messages}
        if faults:
            raise ValidationError(faults)


class OptionForm(Form):
    label = String(required=True, pattern=r"\S")
    params = Object(required=True)


class ControlForm(Form):
    display = Literal("menu", "slider")
    label = String(required=True, pattern=r"\S")
    description = String(allow_none=True)
    default = String(allow_none=True)
    options = Named(required=True, least=1, key_pattern=_NAME, of=Nested(OptionForm))


class Control(Nested):
    """A control: its default names an option; a slider has two at least."""

    def __init__(self) -> None:
        super().__init__(ControlForm)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        control = super()._deserialize(value, attr, data, **kwargs)
        if control.get("default") is not None and control["default"] not in control["options"]:
            raise fail("value_error", "The default must be one of the options.", {"error": {}})
        if control.get("display") == "slider" and len(control["options"]) < 2:
            raise fail("value_error", "A slider needs two options at least.", {"error": {}})
        return control


class ParamsForm(OpenForm):
    model_controls = Named(key_pattern=_NAME, of=Control())


class VoiceForm(Form):
    voice = String(allow_none=True, pattern=r"^\S+$", min_length=1, max_length=200)


class AnimationForm(StrictForm):
    file_id = String(required=True, pattern=_UUID)


class GestureForm(StrictForm):
    file_id = String(required=True, pattern=_UUID)
    name = String(required=True, pattern=r"^[a-z][a-z0-9_]{0,47}$")
    description = String(required=True, min_length=1, max_length=500)


class AvatarForm(StrictForm):
    file_id = String(required=True, pattern=_UUID)
    states = Named(words=("idle", "listening", "speaking"), of=Nested(AnimationForm))
    gestures = List(Nested(GestureForm))


class MetaForm(OpenForm):
    profile_image_url = Raw()
    background_image_url = String(allow_none=True, load_default=None)
    description = String(allow_none=True, load_default=None)
    i18n = Object(allow_none=True, load_default=None)
    capabilities = Object(allow_none=True, load_default=None)
    knowledge = List(allow_none=True, load_default=None)
    voice = Nested(VoiceForm, allow_none=True, load_default=None)
    voice_avatar = Nested(AvatarForm, allow_none=True, load_default=None)


class ModelForm(Form):
    id = String(required=True, pattern=_ID)
    base_model_id = String(allow_none=True, load_default=None)
    name = String(required=True)
    meta = Nested(MetaForm, required=True)
    params = Nested(ParamsForm, required=True)
    access_grants = List(Object(), allow_none=True, load_default=None)
    is_active = Boolean(load_default=True)
    commit_message = String(allow_none=True, load_default=None)


class AccessForm(Form):
    id = String(required=True, pattern=_ID)
    name = String(allow_none=True, load_default=None)
    access_grants = List(Object(), required=True)


class IdForm(Form):
    id = String(required=True)


class VersionForm(Form):
    version_id = String(required=True)


class ImportForm(Form):
    models = List(Object(), required=True)


class GrantForm(Form):
    id = String(required=True)
    resource_type = String(required=True)
    resource_id = String(required=True)
    principal_type = String(required=True)
    principal_id = String(required=True)
    permission = String(required=True)
    created_at = Integer(required=True)


class SyncedForm(Form):
    id = String(required=True)
    user_id = String(required=True)
    base_model_id = String(allow_none=True, load_default=None)
    name = String(required=True)
    params = Nested(ParamsForm, required=True)
    meta = Nested(MetaForm, required=True)
    access_grants = List(Nested(GrantForm), load_default=list)
    is_active = Boolean(required=True)
    updated_at = Integer(required=True)
    created_at = Integer(required=True)
    version_id = String(allow_none=True, load_default=None)


class SyncForm(Form):
    models = List(Nested(SyncedForm), load_default=list)


class IdQuery(Form):
    id = String(required=True)


class HistoryQuery(Form):
    id = String(required=True)
    page = Integer(load_default=1)


class RefreshQuery(Form):
    refresh = Boolean(load_default=False)


class TagQuery(Form):
    tag = String(load_default=None, allow_none=True)


class ListQuery(Form):
    query = String(load_default=None)
    view_option = String(load_default=None)
    tag = String(load_default=None)
    order_by = String(load_default=None)
    direction = String(load_default=None)
    page = Integer(load_default=1)


class UnloadForm(Form):
    model = String(required=True)


def imported(given: Mapping[str, Any], known: Mapping[str, Any] | None) -> dict[str, Any]:
    """A model of an import as `ModelForm` has it; what is left out stays as `known` has it, save the
    params. Raises `ValidationError`."""
    whole = {**(known or {}), **{key: value for key, value in given.items() if value is not None}}
    whole["params"] = given.get("params") or {}
    whole.setdefault("meta", {})
    return ModelForm().load(whole)


def is_id(value: Any) -> bool:
    """Whether this can be the id of a model."""
    return isinstance(value, str) and re.fullmatch(r"\S{1,256}", value) is not None
