"""The README's status table: operations built of operations in the contract, by area.

`make status` writes it anew; test_project.py holds it against the routes that exist.
"""

import csv
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
_ROW = re.compile(r"^\| ([a-z]+) \| (\d+) \| (\d+) \|$", re.MULTILINE)


def _shape(path):
    return re.sub(r"<[^>]+>|\{[^}]+\}", "{}", path)


def built(app):
    """`{area: (built, in the contract)}` of a created app."""
    routes = {(method, _shape(rule.rule)) for rule in app.url_map.iter_rules() for method in rule.methods}
    counts = {}
    with (ROOT / "tests" / "contract" / "surface.tsv").open() as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            if row["in_openapi"] == "yes":
                done, total = counts.get(row["area"], (0, 0))
                counts[row["area"]] = (done + ((row["method"], _shape(row["path"])) in routes), total + 1)
    return dict(sorted(counts.items()))


def stated():
    """The same as the README states it."""
    return {area: (int(done), int(total)) for area, done, total in _ROW.findall(README.read_text())}


def write(counts):
    """Puts the table into the README."""
    text = README.read_text()
    rows = "\n".join(f"| {area} | {done} | {total} |" for area, (done, total) in counts.items())
    sums = [sum(pair[n] for pair in counts.values()) for n in (0, 1)]
    table = f"| area | built | contract |\n|---|---|---|\n{rows}\n| **all** | **{sums[0]}** | **{sums[1]}** |\n"
    README.write_text(re.sub(r"\| area \| built .*?\n\n", table + "\n", text, flags=re.DOTALL))


if __name__ == "__main__":
    import os
    import tempfile

    sys.path.insert(0, str(ROOT))
    from config import load

    with tempfile.TemporaryDirectory() as folder:
        from app import create_app

        write(built(create_app(load({"DATA_DIR": folder, "PATH": os.environ["PATH"], "GLOBAL_LOG_LEVEL": "error"}))))
