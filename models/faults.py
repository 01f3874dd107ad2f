"""What went wrong with a database, in words that name the cause and the remedy."""

import errno
import pathlib

LACKING_RIGHTS = "The user in DATABASE_URL lacks rights. Grant it all rights on the database and its schema."

ONLY_READ = (
    "The database can only be read. Make its file and folder writable for this user, or point DATABASE_URL at the "
    "primary server."
)

_CAUSES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("could not translate host name", "Name or service not known", "nodename nor servname"),
        "The host named in DATABASE_URL is not known. Check its spelling and that this machine can resolve it.",
    ),
    (
        ("Connection refused", "timeout expired", "No route to host", "Network is unreachable", "timed out"),
        "The database server does not accept connections. Check that it runs and that host and port in DATABASE_URL "
        "are right.",
    ),
    (
        ("password authentication failed", "no password supplied", "no pg_hba.conf entry"),
        "The database server refused the credentials. Check user and password in DATABASE_URL, and the server's "
        "pg_hba.conf.",
    ),
    (
        ('role "',),
        "The user in DATABASE_URL does not exist on the database server. Create it, or use another.",
    ),
    (
        ('database "',),
        "The database named in DATABASE_URL does not exist. Create it (createdb), or use another.",
    ),
    (
        ("permission denied", "must be owner", "InsufficientPrivilege"),
        LACKING_RIGHTS,
    ),
    (
        ("too many clients", "remaining connection slots"),
        "The database server has no connection left. Lower DATABASE_POOL_SIZE or raise the server's max_connections.",
    ),
    (
        ("starting up", "shutting down", "in recovery"),
        "The database server is starting or stopping. Try again in a moment.",
    ),
    (("sslmode", "SSL"), "The encrypted connection to the database failed. Check sslmode in DATABASE_URL."),
    (
        ("disk is full", "No space left", "could not extend file"),
        "The disk that holds the database is full. Make room; nothing was stored meanwhile.",
    ),
    (
        ("readonly database", "read-only", "Read-only file system"),
        ONLY_READ,
    ),
    (
        ("unable to open database file",),
        "The database file cannot be opened. Check that the folder in DATA_DIR or DATABASE_URL exists and that this "
        "user may write there.",
    ),
    (
        ("disk I/O error",),
        "The disk that holds the database refuses to be read or written (it may have turned read-only). Look into the "
        "system's log; nothing was stored meanwhile.",
    ),
    (
        ("file is not a database", "malformed"),
        "The database file is damaged or is not a database. Restore a backup, or name another file.",
    ),
    (
        ("locked", "busy"),
        "Another program holds the database file locked. Stop it, or wait until it is done.",
    ),
)

_FOLDERS = {
    errno.EACCES: "this user may not write there. Change its owner or rights",
    errno.EPERM: "this user may not write there. Change its owner or rights",
    errno.EROFS: "the file system is mounted read-only. Mount it writable",
    errno.ENOSPC: "the disk is full. Make room",
    errno.EIO: "its disk fails. Look into the system's log",
    errno.EDQUOT: "the disk quota is used up. Make room",
    errno.ENOTDIR: "a part of its path is a file. Name another folder",
    errno.EEXIST: "a file of that name is in its place. Name another folder",
}


def explain(error: Exception) -> str:
    """Cause and remedy of a driver's error, or its own first line."""
    text = _whole(error)
    for marks, sentence in _CAUSES:
        if any(mark in text for mark in marks):
            return sentence
    return f"The database does not answer: {text.strip().splitlines()[0] if text.strip() else type(error).__name__}"


UNWRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)
"""What the system says where a file cannot be written that there is room for."""

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says where there is no room left."""


def is_unwritable(error: Exception) -> bool:
    """Whether the database can be read perhaps, but not written."""
    marks = (
        "readonly database",
        "read-only",
        "Read-only file system",
        "disk I/O error",
        "unable to open database file",
    )
    return any(mark in _whole(error) for mark in marks)


def _whole(error: BaseException) -> str:
    """The error with those it came from: a failed rollback hides why the commit failed."""
    texts: list[str] = []
    one: BaseException | None = error
    while one is not None and len(texts) < 5:
        texts.append(str(one))
        one = one.__cause__ or one.__context__
    return "\n".join(texts)


def is_passing(error: Exception) -> bool:
    """Whether waiting may help: the server is not there yet."""
    text = _whole(error)
    return any(mark in text for mark in ("Connection refused", "starting up", "timeout expired", "shutting down"))


def is_full(error: Exception) -> bool:
    """Whether there is no room left to store anything."""
    return any(mark in _whole(error) for mark in ("disk is full", "No space left", "could not extend file"))


def explain_folder(variable: str, path: object, error: OSError) -> str:
    """Cause and remedy where the folder named by `variable` cannot be used."""
    cause = _FOLDERS.get(error.errno or 0, str(error.strerror))
    return f"{variable}={path} cannot be used: {cause}, or set {variable} to another folder."


def folder_fault(variable: str, path: pathlib.Path) -> str | None:
    """Proves that files can be written in the folder named by `variable`, which is made if it is not there;
    else cause and remedy."""
    probe = path / ".writable"
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x" * 4096)
        probe.unlink(missing_ok=True)
    except OSError as error:
        return explain_folder(variable, path, error)
    return None
