"""Fetching the built frontend: one pinned release from the package registry, checked by its hash.

It lies in `DATA_DIR/frontend` (or `FRONTEND_BUILD_DIR`) and is never part of the repository. Run as
`python -m utils.http.frontend [COMMAND …]` it fetches what is missing and then becomes the command:
without the registry within reach the service still starts, as a pure API.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

from config import ConfigError, Settings, load

RELEASE = "0.12.4"
SHA256 = "02e9caba96234db3fa17a92e56163b3f7f2b8ca8227fa886b85c178d696483f6"
_PACKAGE = f"open-webui=={RELEASE}"
_INSIDE = "open_webui/frontend/"
_MARK = ".fetched-release"
_PIECE = 1 << 20
TWINS = "frontend-encoded"
"""Where compressed files of the frontend are kept, below the data folder."""


class FetchFailed(RuntimeError):
    """The frontend could not be had; the text says why and what can be done."""


def present(folder: pathlib.Path) -> bool:
    """Whether a frontend lies in `folder`: the pinned one, or one that the operator put there."""
    if not (folder / "index.html").is_file():
        return False
    mark = folder / _MARK
    return not mark.exists() or mark.read_text().strip() == SHA256


def fetch(folder: pathlib.Path) -> None:
    """Puts the pinned frontend into `folder`, whole or not at all; several processes may do so at once.

    The registry is asked through pip, with the index, proxy and cache that the machine configures; where
    pip can (25.1), a download that is cut goes on where it stopped. Raises `FetchFailed`.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".frontend-", dir=folder.parent) as place:
        work = pathlib.Path(place)
        unpacked = work / "unpacked"
        _unpack(_download(work), unpacked)
        (unpacked / _MARK).write_text(SHA256 + "\n")
        _put(unpacked, folder, work / "former")
    # what was compressed of a former build
    shutil.rmtree(folder.parent / TWINS, ignore_errors=True)


def _download(work: pathlib.Path) -> pathlib.Path:
    wanted = work / "wanted.txt"
    wanted.write_text(f"{_PACKAGE} --hash=sha256:{SHA256}\n")
    # the package is only unpacked: what its server would need of this Python does not matter
    options = ["--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", "-q", *options, "-d", str(work), "-r", str(wanted)]
    patient = {**os.environ, "PIP_RESUME_RETRIES": "20"}
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=patient)
    wheel = next(work.glob("open_webui-*.whl"), None)
    if run.returncode or wheel is None:
        lines = (run.stderr or run.stdout).strip().splitlines() or ["pip said nothing"]
        raise FetchFailed(f"the package registry did not give {_PACKAGE}: {lines[-1]}")
    if _sha256(wheel) != SHA256:
        raise FetchFailed(f"{wheel.name} is not the file it should be: its hash differs")
    return wheel


def _sha256(path: pathlib.Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _unpack(wheel: pathlib.Path, into: pathlib.Path) -> None:
    into.mkdir()
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            if not entry.filename.startswith(_INSIDE) or entry.is_dir():
                continue
            target = (into / entry.filename.removeprefix(_INSIDE)).resolve()
            if not target.is_relative_to(into.resolve()):
                raise FetchFailed(f"the package holds a file that would land elsewhere: {entry.filename}")
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source, target.open("wb") as file:
                shutil.copyfileobj(source, file, _PIECE)
    if not (into / "index.html").is_file():
        raise FetchFailed("the package holds no frontend")


def _put(unpacked: pathlib.Path, folder: pathlib.Path, former: pathlib.Path) -> None:
    """Moves the new folder into place; of two that arrive together the first one stays."""
    if folder.exists():
        folder.rename(former)
    try:
        unpacked.rename(folder)
    except OSError:
        if not present(folder):
            raise


def ensure(settings: Settings) -> str:
    """Fetches the frontend unless it is there, or must not be fetched; a line that says what is so."""
    folder = settings.frontend
    if present(folder):
        return f"frontend: {folder}"
    if settings.frontend_dir:
        return f"FRONTEND_BUILD_DIR={folder} holds no frontend: serving the API only"
    if settings.offline:
        return "no frontend, and OFFLINE_MODE forbids fetching it: serving the API only"
    _say(f"fetching the frontend of Open WebUI {RELEASE} (106 MB, once) into {folder} …")
    try:
        fetch(folder)
    except (FetchFailed, OSError) as error:
        return f"no frontend, serving the API only: {error}. `flask frontend` tries again."
    return f"frontend: {folder}"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def command() -> None:
    """`flask frontend`."""
    _say(ensure(load()))


def main(argv: list[str]) -> None:
    """Fetches, then becomes the command `argv`, if there is one."""
    try:
        settings = load()
    except ConfigError as error:
        sys.exit(str(error))
    _say(ensure(settings))
    if argv:
        shown = "localhost" if settings.host in ("0.0.0.0", "::", "") else settings.host
        _say(f"Lightwell is starting on http://{shown}:{settings.port}")
        os.execvp(argv[0], argv)


if __name__ == "__main__":
    main(sys.argv[1:])
