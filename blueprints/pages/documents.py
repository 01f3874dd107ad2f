"""The texts of `routes_documents`."""

import functools
import pathlib
import re
from typing import Any
from xml.sax.saxutils import escape

_LOGO = {"src": "/static/logo.png", "type": "image/png", "sizes": "500x500"}


def manifest(name: str) -> dict[str, Any]:
    """What a browser needs to install the page as an application, and to share text into it."""
    return {
        "name": name,
        "short_name": name,
        "description": f"{name}: chat with models, your own and those of others, in one place.",
        "start_url": "/",
        "display": "standalone",
        "background_color": "#343541",
        "icons": [{**_LOGO, "purpose": "any"}, {**_LOGO, "purpose": "maskable"}],
        "share_target": {"action": "/", "method": "GET", "params": {"text": "shared"}},
    }


def opensearch(name: str, address: str) -> str:
    """Lets a browser offer the chat as a search engine; `address` is the public one, or empty."""
    shown, base = escape(name), escape(address.rstrip("/"))
    return (
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/" '
        'xmlns:moz="http://www.mozilla.org/2006/browser/search/">'
        f"<ShortName>{shown}</ShortName>"
        f"<Description>Ask {shown}</Description>"
        "<InputEncoding>UTF-8</InputEncoding>"
        f'<Image width="16" height="16" type="image/x-icon">{base}/static/favicon.png</Image>'
        f'<Url type="text/html" method="get" template="{base}/?q={{searchTerms}}"/>'
        f"<moz:SearchForm>{base}</moz:SearchForm>"
        "</OpenSearchDescription>"
    )


_RELEASE = re.compile(r"^## +\[?([\w.-]+)\]?(?:\s+(?:-\s*)?\(?([^)]*)\)?)?$")


@functools.cache
def changelog(path: pathlib.Path) -> dict[str, Any]:
    """CHANGELOG.md as the frontend shows it: release → date and lists of `{title, content, raw}` by heading."""
    releases: dict[str, Any] = {}
    entries: list[dict[str, str]] = []
    for line in path.read_text().splitlines() if path.exists() else []:
        if match := _RELEASE.match(line):
            entries = []
            releases[match[1]] = {"date": match[2] or "", "added": entries}
        elif line.startswith("### ") and releases:
            entries = releases[next(reversed(releases))].setdefault(line[4:].strip().lower(), [])
        elif line.startswith("- "):
            entries.append({"title": "", "content": line[2:], "raw": f"<li>{escape(line[2:])}</li>"})
        elif line.startswith("  ") and entries:
            entries[-1]["content"] += " " + line.strip()
            entries[-1]["raw"] = f"<li>{escape(entries[-1]['content'])}</li>"
    return releases
