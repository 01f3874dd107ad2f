"""An account, as code sees it that does not care whether it is the caller of a request or a row of `user`."""

from typing import Protocol


class Person(Protocol):
    """Whom something is done for."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def role(self) -> str: ...
