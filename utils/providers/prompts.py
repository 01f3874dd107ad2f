"""Template variables in system prompts (chat.md section 4.2): those of the chat, of the user, of the
request, then date, time and person. Unknown ones stay as they are."""

import datetime
import re
from collections.abc import Callable, Mapping
from typing import Any

from models import groups
from models.users import User
from utils.auth.person import Person
from utils.providers import variables

_USER_VARIABLE = re.compile(r"\{\{\s*user\.variables\.([A-Za-z0-9_]+)\s*\}\}")
_NAMED = re.compile(r"\{\{(CURRENT_[A-Z]+|USER_[A-Z_]+)\}\}")

_CLOCK: dict[str, Callable[[datetime.datetime], str]] = {
    "CURRENT_DATE": lambda moment: moment.strftime("%Y-%m-%d"),
    "CURRENT_TIME": lambda moment: moment.strftime("%I:%M:%S %p"),
    "CURRENT_DATETIME": lambda moment: moment.strftime("%Y-%m-%d %I:%M:%S %p"),
    "CURRENT_WEEKDAY": lambda moment: moment.strftime("%A"),
}


def rendered(
    text: str,
    user: Person,
    request_variables: Mapping[str, Any] | None = None,
    chat_variables: Mapping[str, Any] | None = None,
) -> str:
    """`text` filled. `request_variables` are literal placeholders, braces included, with their values.
    Asks the database for the user's row only where the text speaks of him."""
    if "{{" not in text:
        return text
    text = variables.filled(text, chat_variables)
    row = User.get_or_none(User.id == user.id) if "{{USER_" in text or "user.variables" in text else None
    own = (row.variables if row is not None else None) or {}
    text = _USER_VARIABLE.sub(lambda match: _text(own.get(match[1])), text)
    for placeholder, value in (request_variables or {}).items():
        if isinstance(placeholder, str) and placeholder and placeholder in text:
            text = text.replace(placeholder, value if isinstance(value, str) else str(value))
    moment = datetime.datetime.now()

    def known(match: re.Match[str]) -> str:
        if match[1] in _CLOCK:
            return _CLOCK[match[1]](moment)
        about = _PERSON.get(match[1])
        return match[0] if about is None or row is None else str(about(row))

    return _NAMED.sub(known, text)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _age(user: User) -> int | None:
    born, today = user.date_of_birth, datetime.date.today()
    if born is None:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


_PERSON: dict[str, Callable[[Any], Any]] = {
    "USER_NAME": lambda user: user.name,
    "USER_EMAIL": lambda user: user.email,
    "USER_BIO": lambda user: user.bio,
    "USER_GENDER": lambda user: user.gender,
    "USER_BIRTH_DATE": lambda user: user.date_of_birth,
    "USER_AGE": _age,
    "USER_LOCATION": lambda user: (user.info or {}).get("location"),
    "USER_GROUPS": lambda user: ", ".join(groups.names_of_user(user.id)),
}
