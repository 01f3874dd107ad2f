"""The text of a file (retrieval.md section 2), as far as text, code, CSV, HTML and their like go.

What else there is (PDF, office files, books, archives) needs a loader of its own, and fails with a clear word.
"""

import codecs
import csv
import html
import io
import pathlib
import re

LARGEST = 64 * 2**20
"""Bytes of a file, and signs of its text, up to which text is taken from it."""

_HEAD = 8192
_SAMPLE = 2**18
_OTHER_FORMATS = frozenset(
    "pdf doc docx dot dotx odt ods odp rtf xls xlsx xlsm ppt pptx epub msg pages numbers key zip gz tgz tar 7z rar "
    "mp3 wav ogg m4a flac mp4 mov avi mkv webm jpg jpeg png gif webp heic heif avif bmp tif tiff ico exe dll so class "
    "sqlite db parquet".split()
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")


class NoText(Exception):
    """There is no text to be had; the words are for whoever sent the file."""


def is_text(path: pathlib.Path) -> bool:
    """Whether the beginning of a file is text in some encoding."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return bool(head) and (head.startswith(tuple(bom for bom, _ in _BOMS)) or _BINARY.search(head) is None)


def text(path: pathlib.Path, name: str) -> str:
    """The text of the file at `path`, which its owner calls `name`. Raises `NoText`, `OSError`."""
    kind = name.rpartition(".")[2].lower() if "." in name else ""
    if kind in _OTHER_FORMATS or not is_text(path):
        raise NoText(f"No text can be taken from a file of this kind ({kind or 'no extension'}).")
    if path.stat().st_size > LARGEST:
        raise NoText(f"The file is too large to take its text: more than {LARGEST // 2**20} MB.")
    decoded = decode(path.read_bytes())
    made = _READERS.get(kind, _plain)(decoded)
    if len(made) > LARGEST:
        raise NoText("The text of this file is too long.")
    # PostgreSQL takes no NUL
    return made.replace("\0", "")


def decode(raw: bytes) -> str:
    """Bytes of text as text: by their mark, as UTF-8, else by what they look like."""
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            return raw.decode(encoding, "replace").removeprefix("\ufeff")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode(_guessed(raw[:_SAMPLE]), "replace")


def _guessed(sample: bytes) -> str:
    """The encoding of a sample that is not UTF-8; short or western ones are taken for Windows-1252."""
    import charset_normalizer  # noqa: PLC0415 - comes with requests; only odd files need it

    best = charset_normalizer.from_bytes(sample).best()
    western = sum(byte > 0x7F for byte in sample) * 5 < len(sample)
    return "cp1252" if best is None or western else best.encoding


def _plain(decoded: str) -> str:
    # as reading in text mode gives it
    return decoded.replace("\r\n", "\n").replace("\r", "\n")


def _table(decoded: str) -> str:
    """A `key: value` line a cell, one row after the other, a blank between rows."""
    csv.field_size_limit(LARGEST)
    rows, length = [], 0
    try:
        for row in csv.DictReader(io.StringIO(decoded, newline="")):
            lines = []
            for key, value in row.items():
                shown = ",".join(part.strip() for part in value) if isinstance(value, list) else value
                lines.append(f"{key.strip() if key else key}: {shown.strip() if shown else shown}")
            rows.append("\n".join(lines))
            length += len(rows[-1])
            if length > LARGEST:
                raise NoText("The text of this table is too long.")
    except csv.Error as error:
        raise NoText(f"The table cannot be read: {error}") from error
    return " ".join(rows)


_HIDDEN = {name: re.compile(f"</{name}[^>]*>", re.IGNORECASE) for name in ("script", "style", "template")}
_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9:-]*|[!?]")
_QUOTED = re.compile(r"""[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")


def page(decoded: str) -> str:
    """The text of an HTML page, blanks as they are, without scripts, styles and comments.

    Goes over the page once whatever is in it: a parser that looks back can be held up for minutes.
    """
    parts, at, quoted = [], 0, True
    while (start := decoded.find("<", at)) >= 0:
        parts.append(decoded[at:start])
        name = _NAME.match(decoded, start + 1)
        if name is None:
            parts.append("<")
            at = start + 1
            continue
        if decoded.startswith("<!--", start):
            at = _behind(decoded, "-->", start + 4)
            continue
        closed = _QUOTED.match(decoded, name.end()) if quoted else None
        quoted = closed is not None
        at = closed.end() if closed is not None else _behind(decoded, ">", name.end())
        hidden = _HIDDEN.get(name[0].lower())
        if hidden is not None:
            ended = hidden.search(decoded, at)
            at = ended.end() if ended is not None else len(decoded)
    parts.append(decoded[at:])
    return html.unescape("".join(parts))


def _behind(decoded: str, mark: str, start: int) -> int:
    found = decoded.find(mark, start)
    return found + len(mark) if found >= 0 else len(decoded)


_READERS = {"csv": _table, "html": page, "htm": page}
