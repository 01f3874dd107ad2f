"""What happens around every request: its view and id, timing, security headers, log context.

Facts: http.md sections 1, 13; X-Request-ID is ours (README, better on purpose).
"""

import re
import secrets
import time
from collections.abc import Callable, Mapping

from flask import Flask, Response, current_app, g, request

from models import database
from utils.http import compress, errors, metrics, parse

_REQUEST_ID = re.compile(r"[\w.:-]{1,128}")

# variable → header, what a bad value is replaced by, what a good value looks like (None: any)
_SECURITY: dict[str, tuple[str, str, str | None]] = {
    "HSTS": (
        "Strict-Transport-Security",
        "max-age=31536000;includeSubDomains",
        r"max-age=\d+(;\s*(includeSubDomains|preload))*",
    ),
    "XFRAME_OPTIONS": ("X-Frame-Options", "DENY", r"(?i)(DENY|SAMEORIGIN)"),
    "XCONTENT_TYPE": ("X-Content-Type-Options", "nosniff", r"nosniff"),
    "REFERRER_POLICY": (
        "Referrer-Policy",
        "no-referrer",
        r"(no-referrer|no-referrer-when-downgrade|origin|origin-when-cross-origin|same-origin|strict-origin"
        r"|strict-origin-when-cross-origin|unsafe-url)",
    ),
    "PERMISSIONS_POLICY": ("Permissions-Policy", "none", r"[\w-]+=\([^)]*\)(,\s*[\w-]+=\([^)]*\))*"),
    "CACHE_CONTROL": ("Cache-Control", "no-store, max-age=0", r"[\w-]+(=\d+)?(,\s*[\w-]+(=\d+)?)*"),
    "XDOWNLOAD_OPTIONS": ("X-Download-Options", "noopen", r"noopen"),
    "XPERMITTED_CROSS_DOMAIN_POLICIES": (
        "X-Permitted-Cross-Domain-Policies",
        "none",
        r"(none|master-only|by-content-type|by-ftp-filename|all)",
    ),
    "CONTENT_SECURITY_POLICY": ("Content-Security-Policy", "", None),
    "CONTENT_SECURITY_POLICY_REPORT_ONLY": ("Content-Security-Policy-Report-Only", "", None),
    "REPORTING_ENDPOINTS": ("Reporting-Endpoints", "", None),
    "CROSS_ORIGIN_EMBEDDER_POLICY": (
        "Cross-Origin-Embedder-Policy",
        "require-corp",
        r"(unsafe-none|require-corp|credentialless)",
    ),
    "CROSS_ORIGIN_OPENER_POLICY": (
        "Cross-Origin-Opener-Policy",
        "same-origin",
        r"(unsafe-none|same-origin-allow-popups|same-origin)",
    ),
    "CROSS_ORIGIN_RESOURCE_POLICY": (
        "Cross-Origin-Resource-Policy",
        "same-origin",
        r"(same-site|same-origin|cross-origin)",
    ),
}


def security_headers(environ: Mapping[str, str]) -> dict[str, str]:
    """The headers that the environment asks for; an invalid value gives the default."""
    headers = {}
    for variable, (header, default, form) in _SECURITY.items():
        value = environ.get(variable, "")
        if value:
            headers[header] = value if form is None or re.fullmatch(form, value) else default
    return headers


def register(app: Flask, environ: Mapping[str, str], identify: Callable[[], None], guard: Callable[[], None]) -> None:
    """Installs the hooks, in the order in which they run: body, identity, role (http.md section 5)."""
    headers = security_headers(environ)

    def begin() -> None:
        g.started = time.perf_counter()
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        if "\x00" in request.path:
            # no id holds one, and PostgreSQL takes none
            g.view = None
            raise errors.not_found()
        g.view = None if request.endpoint is None else current_app.view_functions.get(request.endpoint)

    def finish(response: Response) -> Response:
        is_preflight = request.method == "OPTIONS" and "Access-Control-Max-Age" in response.headers
        if is_preflight:
            return response
        if metrics.enabled():
            route = request.url_rule.rule if request.url_rule is not None else "(none)"
            metrics.request(request.method, route, response.status_code, time.perf_counter() - g.started)
        compress.apply(response)
        if headers:
            response.headers.update(headers)
        response.headers.add("Vary", "Origin") if "Origin" not in response.headers.get("Vary", "") else None
        response.headers["X-Request-ID"] = g.get("request_id", "-")
        response.headers["X-Process-Time"] = f"{time.perf_counter() - g.get('started', time.perf_counter()):.6f}"
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.before_request(parse.decode_body)
    app.before_request(identify)
    app.before_request(guard)
    app.after_request(finish)
    app.teardown_appcontext(lambda _: database.release())
