"""`flask db status`, `flask db copy`, `flask doctor`: tools that also work where the server refuses to start."""

import signal
import sys
import threading

import click
from flask import Flask

import config
from models import database, schema
from models.base import database as handle
from utils.http import logs
from utils.jobs import drain, queue
from utils.operations import start
from utils.operations.copying import Copy
from utils.operations.doctor import examine
from utils.operations.tables import CopyRefused
from utils.settings import environment

_TOOLS = ("db", "doctor")
_SHOWN = {
    "empty": "empty: a server started on it makes the schema.",
    "current": "a Lightwell and Open WebUI 0.12.4 database, up to date.",
    "older": "an older Open WebUI's database.",
    "newer": "made by a newer Open WebUI.",
    "half_made": "incomplete: a creation or migration was interrupted.",
    "foreign": "another program's database.",
}


def wanted() -> bool:
    """Whether this process was started as `flask db …` or `flask doctor`: the app is not built then."""
    return sys.argv[0].endswith(("flask", "flask/__main__.py")) and any(tool in sys.argv[1:4] for tool in _TOOLS)


def bare() -> Flask:
    """An application with nothing but the tools."""
    with start.explained("This cannot be done."):
        settings = config.load()
    environment.use(settings)
    logs.configure("error", "text")
    app = Flask("lightwell", static_folder=None)
    register(app)
    return app


def register(app: Flask) -> None:
    """Adds the commands."""
    app.cli.add_command(db)
    app.cli.add_command(worker)
    app.cli.add_command(doctor)


@click.command()
def doctor() -> None:
    """Says on one screen what runs here, with what, and what is wrong with it; secrets are masked."""
    last, wrong = "", 0
    for topic, text, good in examine():
        mark = {True: "ok", False: "!!", None: "  "}[good]
        click.echo(f"{mark} {topic if topic != last else '':<12} {text}")
        last, wrong = topic, wrong + (good is False)
    if wrong:
        click.echo(f"{wrong} of these need attention.")
        sys.exit(1)


@click.command()
@click.option("--grace", default=25, show_default=True, help="Seconds that running jobs get after SIGTERM.")
def worker(grace: int) -> None:
    """Works off the queued jobs, beside web processes that have LIGHTWELL_WORKER=separate."""
    if not environment.current().redis_url:
        raise click.ClickException(
            "A worker of its own needs REDIS_URL: through it jobs come in and live events go out. Without Redis the "
            "web process works off the jobs itself."
        )
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    queue.start(separate=True)
    click.echo(f"worker: {len(queue.KINDS)} kinds of jobs")
    stopped.wait()
    drain.run(grace)


@click.group()
def db() -> None:
    """Looks at databases and moves them."""


def _at(url: str | None) -> str:
    settings = environment.current()
    url = url or settings.database
    try:
        database.bind(url, settings.database_options)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    return url


@db.command()
@click.argument("url", required=False)
def status(url: str | None) -> None:
    """Says what the database at URL is (by default the configured one): empty, ours, older, newer, half-made."""
    shown = logs.masked(_at(url))
    with start.explained("This cannot be done."):
        state = schema.status()
        hindrance = schema.hindrance(state.kind)
        accounts = chats = None
        if state.kind == "current":
            accounts = handle.execute_sql('SELECT COUNT(*) FROM "user"').fetchone()[0]
            chats = handle.execute_sql("SELECT COUNT(*) FROM chat").fetchone()[0]
    release = schema.revisions().get(state.revision or "", "")
    click.echo(f"database   {shown}")
    click.echo(f"state      {state.kind} - {_SHOWN[state.kind]}")
    click.echo(f"revision   {state.revision or '-'}{f' (Open WebUI {release})' if release else ''}")
    click.echo(f"wanted     {schema.HEAD}")
    if accounts is not None:
        click.echo(f"holds      {accounts} accounts, {chats} chats")
    for name in state.missing[:20]:
        click.echo(f"missing    {name}")
    if hindrance and state.kind == "empty":
        raise click.ClickException(hindrance)
    if state.kind not in ("current", "empty"):
        click.echo(schema.refusal(state))
        sys.exit(1)


@db.command()
@click.argument("source")
@click.argument("target")
def copy(source: str, target: str) -> None:
    """Copies everything from the database at SOURCE to the empty one at TARGET (URLs), and proves it.

    Stop the servers on both first. A copy that was interrupted goes on when called again.
    """
    with start.explained("This cannot be done."):
        _current(source, "The source")
        origin = database.made(_at(source), environment.current().database_options)
        _at(target)
        if schema.status().kind == "empty":
            schema.prepare()
        _current(target, "The target")
    try:
        with start.explained("This cannot be done."), origin.connection_context(), handle.connection_context():
            work = Copy(origin, handle.obj)
            with click.progressbar(length=work.total(), label="rows") as bar:
                bar.update(work.done_before())
                report = work.run(bar.update)
    except CopyRefused as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"copied and compared: {sum(report.rows.values())} rows in {len(report.rows)} tables")
    for name, count in report.left.items():
        click.echo(f"left behind: {count} of {name}, whose parent had been deleted")
    if report.unknown:
        click.echo(f"not copied, unknown here: {', '.join(report.unknown)}")


def _current(url: str, which: str) -> None:
    _at(url)
    state = schema.status()
    if state.kind != "current":
        raise click.ClickException(f"{which} is not a current database ({state.kind}): {_SHOWN[state.kind]}")
