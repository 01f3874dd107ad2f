"""An API area: a blueprint whose every route must state who may call it (access.tsv, http.md 8)."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint

View = Callable[..., Any]


class Area(Blueprint):
    """A blueprint that refuses a view without a policy: a forgotten guard stops the start.

    `text_faults` answers 422 with a sentence in place of the list (the auths area, http.md 3).
    """

    def __init__(self, name: str, import_name: str, url_prefix: str = "", *, text_faults: bool = False) -> None:
        super().__init__(name, import_name, url_prefix=url_prefix or None)
        self.text_faults = text_faults

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: View | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        if view_func is not None and getattr(view_func, "policy", None) is None:
            raise RuntimeError(f"{self.name}: {view_func.__name__} ({rule}) does not say who may call it")
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options=False, **options)
