"""The whole configuration in and out, as one flat object (data.md section 5)."""

from collections.abc import Mapping
from typing import Any

from models.configs import Config
from utils.settings import setting


def everything() -> dict[str, Any]:
    """All stored values by key, overridden by those in force for keys that are not persistent."""
    values = Config.everything()
    passing = [one for one in setting.REGISTRY.values() if not one.persistent and one.stored_at_start]
    values |= dict(zip((one.key for one in passing), setting.read(*passing), strict=True))
    return values


def take_in(values: Mapping[str, Any]) -> None:
    """Stores all of `values`, or nothing. Keys that nobody declared are stored too."""
    declared = {setting.REGISTRY[key]: value for key, value in values.items() if key in setting.REGISTRY}
    Config.store({key: value for key, value in values.items() if key not in setting.REGISTRY})
    setting.save(declared)
