"""Looking for a text within a column, whatever its case, alike on both databases (data.md section 1).

`%` and `_` in what was asked keep their meaning, as on the other server.
"""

from peewee import Expression, Field, fn

from models.database import FOLD, fold, is_postgres


def containing(column: Field, text: str) -> Expression:
    """The condition "`column` contains `text`"."""
    if is_postgres() or text.isascii():
        return column ** f"%{text}%"
    return getattr(fn, FOLD)(column) ** f"%{fold(text)}%"
