"""Fetching an address that a user or a model named: only public hosts, and only the one that was checked.

The name is resolved once and the connection goes to the address that passed, so a name that answers
differently a moment later gains nothing; every redirect is judged anew. With ENABLE_LOCAL_WEB_FETCH
private addresses are allowed.
"""

import ipaddress
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import urllib3

from models import database
from utils.providers.client import tls
from utils.settings import environment

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5
_PIECE = 65536

_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that is given out for the internet. Outside of it are other ways to write IPv4 addresses, and local ones."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NOT_PUBLIC = tuple(
    # what not every Python knows to be special (RFC 6890, 7526, 9637), and the platform service of Azure's machines
    ipaddress.ip_network(one)
    for one in ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20", "168.63.129.16/32")
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class FetchRefused(Exception):
    """The address may not be fetched, does not answer, or answers too much. The text is for people."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, whole. `content_type` without its parameters, lower-case."""

    content_type: str
    data: bytes


def fetch(url: str, *, limit: int, seconds: float = 20.0) -> Fetched:
    """The answer at `url`, of `limit` bytes at most, in twice `seconds` at most once it answers. Raises
    `FetchRefused`."""
    response = opened(url, seconds=seconds)
    try:
        data = b"".join(_bounded(response, limit, time.monotonic() + seconds))
    finally:
        close(response)
    return Fetched(response.headers.get("Content-Type", "").split(";")[0].strip().lower(), data)


def opened(url: str, *, seconds: float = 20.0) -> urllib3.BaseHTTPResponse:
    """The answer at `url`, its body unread; the caller closes it. Raises `FetchRefused` for an address
    that is refused, no answer, too many redirects, and a status other than 200."""
    for _ in range(_MOST_REDIRECTS + 1):
        response = _request(url, seconds)
        if response.status not in _REDIRECTS:
            break
        close(response)
        url = urljoin(url, response.headers.get("Location", ""))
    else:
        raise FetchRefused("The address redirects too often.")
    if response.status != 200:
        close(response)
        raise FetchRefused(f"The address answered with status {response.status}.")
    return response


def pieces(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """The body piece by piece. Raises `FetchRefused` when it breaks off."""
    try:
        # as it comes: waiting for a full piece would let a slow answer last for ever
        while piece := response.read1(_PIECE, decode_content=True):
            yield piece
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise FetchRefused("The connection broke off.") from error


def checked_address(host: str, port: int) -> str:
    """An address of `host` that may be connected to. Raises `FetchRefused` if it has a private one."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchRefused("The host is not known.") from error
    addresses = [str(one[4][0]).split("%")[0] for one in found]
    if not addresses:
        raise FetchRefused("The host is not known.")
    if not environment.current().local_web_fetch and not all(is_public(one) for one in addresses):
        raise FetchRefused("Addresses of a private network are not fetched.")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet, whatever it is wrapped in."""
    return _is_public(ipaddress.ip_address(address))


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
        if address not in _UNICAST:
            return False
    return address.is_global and not address.is_multicast and not any(address in net for net in _NOT_PUBLIC)


def _request(url: str, seconds: float) -> urllib3.BaseHTTPResponse:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise FetchRefused("This is not an address.") from error
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or not url.isprintable():
        raise FetchRefused("Only http and https addresses are fetched.")
    database.release()
    pool = _pool(parts.scheme, host, checked_address(host, port), port)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        response = pool.urlopen(
            "GET",
            target,
            headers={"Host": parts.netloc, "Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": "lightwell"},
            redirect=False,
            retries=False,
            preload_content=False,
            timeout=urllib3.Timeout(connect=min(seconds, 10), read=seconds),
            assert_same_host=False,
        )
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        pool.close()
        raise FetchRefused("The address does not answer.") from error
    response.lightwell_pool = pool  # type: ignore[attr-defined]
    return response


def _pool(scheme: str, host: str, address: str, port: int) -> urllib3.HTTPConnectionPool:
    if scheme == "http":
        return urllib3.HTTPConnectionPool(address, port, maxsize=1)
    verify = tls()
    return urllib3.HTTPSConnectionPool(
        address,
        port,
        maxsize=1,
        server_hostname=host,
        assert_hostname=host if verify else False,
        cert_reqs="CERT_REQUIRED" if verify else "CERT_NONE",
        ca_certs=verify if isinstance(verify, str) else None,
    )


def _bounded(response: urllib3.BaseHTTPResponse, limit: int, end: float) -> Iterator[bytes]:
    size = 0
    for piece in pieces(response):
        size += len(piece)
        if size > limit:
            raise FetchRefused("The answer is too large.")
        if time.monotonic() > end:
            raise FetchRefused("The answer takes too long.")
        yield piece


def close(response: urllib3.BaseHTTPResponse) -> None:
    """Hangs up."""
    response.close()
    response.lightwell_pool.close()  # type: ignore[attr-defined]
