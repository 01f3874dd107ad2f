"""The shared schema: recognising a database, and creating a fresh one.

`schema.*.sql` are the contract's; a database made from them opens in the other server with nothing
to migrate. The chain of earlier revisions is `revisions.tsv` (data.md section 1).
"""

import csv
import itertools
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass

from peewee import DatabaseError

from models import faults
from models.base import Table, database
from models.database import is_sqlite

HEAD = "0bd252b206fb"
_HERE = pathlib.Path(__file__).parent
_CREATION_LOCK = 731947206


@dataclass(frozen=True)
class Status:
    """`kind` is empty, current, older, newer, half_made or foreign; `revision` what the version row
    says; `missing` the tables and columns that a current database has and this one lacks."""

    kind: str
    revision: str | None = None
    missing: tuple[str, ...] = ()


class SchemaRefused(RuntimeError):
    """The database is not one this version can serve; the text names the remedy."""


def revisions() -> dict[str, str]:
    """Every known revision and the first release of the other server that made it."""
    with (_HERE / "revisions.tsv").open(newline="") as rows:
        return {row["revision"]: row["first_release"] or "" for row in csv.DictReader(rows, delimiter="\t")}


def all_tables() -> list[type[Table]]:
    """Every table class; imports every table file."""
    import importlib  # noqa: PLC0415 - only for the check at start and for tools
    import pkgutil  # noqa: PLC0415

    import models  # noqa: PLC0415

    for module in pkgutil.iter_modules(models.__path__):
        importlib.import_module(f"models.{module.name}")
    return sorted(_leaves(Table), key=lambda table: table._meta.table_name)


def _leaves(table: type[Table]) -> Iterator[type[Table]]:
    kinds = table.__subclasses__()
    yield from itertools.chain.from_iterable(map(_leaves, kinds)) if kinds else (table,)


def status() -> Status:
    """What the bound database is. Reads only."""
    present = _present()
    wanted = _wanted()
    if not set(present) & set(wanted):
        return Status("empty")
    if "alembic_version" not in present:
        return Status("half_made" if set(present) & {"user", "chat"} else "foreign")
    revision = _version()
    missing = tuple(
        sorted(
            f"{table}.{column}" if table in present else table
            for table, columns in wanted.items()
            for column in (columns - present.get(table, set()) if table in present else {""})
        )
    )
    if revision == HEAD:
        return Status("half_made" if missing else "current", revision, missing)
    if revision is None:
        return Status("half_made", None, missing)
    return Status("older" if revision in revisions() else "newer", revision, missing)


def hindrance(kind: str) -> str | None:
    """What keeps the connected user from working with an empty or a current database, in words, or None.

    One that lacks rights sees a full database as empty."""
    if is_sqlite():
        return None
    if database.execute_sql("SHOW transaction_read_only").fetchone()[0] == "on":
        return faults.ONLY_READ
    allowed = {"empty": _MAY_CREATE, "current": _MAY_WRITE}.get(kind)
    if allowed is None or database.execute_sql(allowed).fetchone()[0]:
        return None
    return faults.LACKING_RIGHTS


_MAY_CREATE = "SELECT COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false)"
_MAY_WRITE = (
    "SELECT bool_and(has_table_privilege(c.oid, one)) FROM pg_class c, "
    "unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) one WHERE c.relkind = 'r' "
    "AND c.relnamespace = current_schema()::regnamespace AND c.relname IN ('user', 'auth', 'chat', 'config', 'file')"
)


def prepare() -> None:
    """Creates the schema in an empty database, exactly once however many processes start together.

    Raises `SchemaRefused` for any other database that is not at `HEAD`, and for one that the user may not write;
    nothing is changed then.
    """
    if (state := status()).kind == "empty":
        with database.atomic("EXCLUSIVE") if is_sqlite() else database.atomic():
            if not is_sqlite():
                database.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_CREATION_LOCK,))
            state = status()
            if state.kind == "empty":
                _create()
                state = Status("current", HEAD)
    if state.kind != "current":
        raise SchemaRefused(refusal(state))
    if (hindered := hindrance("current")) is not None:
        raise SchemaRefused(hindered)


def refusal(state: Status) -> str:
    """Why a database in this state is not served, and the remedy."""
    return _REFUSALS[state.kind].format(state=state, head=HEAD, missing=", ".join(state.missing[:5]))


_REFUSALS = {
    "older": (
        "The database is at revision {state.revision}, older than {head}. Start Open WebUI 0.12.4 on it once, which "
        "carries it forward, or restore a newer backup. Nothing was changed."
    ),
    "newer": (
        "The database is at revision {state.revision}, which this version of Lightwell does not know; it was probably "
        "made by a newer Open WebUI. Use a Lightwell made for that version. Nothing was changed."
    ),
    "half_made": (
        "The database is incomplete (missing: {missing}): a creation or migration was interrupted. Restore a backup, "
        "or if it holds nothing of value, give an empty database. Nothing was changed."
    ),
    "foreign": (
        "The database belongs to another program: it has tables of the same names but no version. Point DATABASE_URL "
        "at an empty database. Nothing was changed."
    ),
}


def _create() -> None:
    dialect = "sqlite" if is_sqlite() else "postgres"
    text = (_HERE / f"schema.{dialect}.sql").read_text()
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    for statement in lines.split(";\n"):
        if statement.strip():
            database.execute_sql(statement.replace("%", "%%") if dialect == "postgres" else statement)


def _present() -> dict[str, set[str]]:
    """Columns by table of the bound database."""
    if is_sqlite():
        sql = "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
    else:
        sql = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
    found: dict[str, set[str]] = {}
    for table, column in database.execute_sql(sql).fetchall():
        found.setdefault(table, set()).add(column)
    return found


def _wanted() -> dict[str, set[str]]:
    return {table._meta.table_name: set(table._meta.columns) for table in all_tables()}


def _version() -> str | None:
    try:
        row = database.execute_sql("SELECT version_num FROM alembic_version").fetchone()
    except DatabaseError:
        return None
    return row[0] if row else None
