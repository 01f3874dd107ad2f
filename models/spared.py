"""Importing a library without what it brings along and this process never uses."""

import contextlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any


@contextlib.contextmanager
def without(*packages: str, halves: tuple[str, ...] = ()) -> Iterator[None]:
    """`with without("redis"): import …`: what is imported in here does not find these packages, as if they were not
    installed, and instead of the modules `halves` it finds ones whose names are all None. Afterwards all can be
    imported; what was imported before stays as it is.
    """
    made: dict[str, Any] = {name: None for name in packages if name not in sys.modules}
    made |= {name: _Nothing(name) for name in halves if name not in sys.modules}
    sys.modules.update(made)
    try:
        yield
    finally:
        for name in made:
            del sys.modules[name]


class _Nothing(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None
