"""Cross-origin answers (http.md section 10): Flask-CORS for the answers, the preflight here, since it
is due on every path, without authentication, and names methods that Flask-CORS does not."""

from flask import Flask, Response, request
from flask_cors import CORS

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY")
_VARY = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network"


def register(app: Flask, origins: tuple[str, ...]) -> None:
    """Installs both. `origins` are exact, or `*`; the caller's own is echoed, never `*`."""
    CORS(app, origins="*" if "*" in origins else list(origins), supports_credentials=True, automatic_options=False)

    def preflight() -> Response | None:
        if request.method != "OPTIONS":
            return None
        origin, method = request.headers.get("Origin"), request.headers.get("Access-Control-Request-Method")
        if not origin or not method:
            return None
        allowed = "*" in origins or origin in origins
        if not allowed or method not in METHODS:
            response = Response("This origin or method is not allowed.", 400, content_type="text/plain; charset=utf-8")
        else:
            response = Response("OK", 200, content_type="text/plain; charset=utf-8")
        response.headers.update(
            {
                "Access-Control-Allow-Methods": ", ".join(METHODS),
                "Access-Control-Max-Age": "600",
                "Access-Control-Allow-Credentials": "true",
                "Vary": _VARY,
            }
        )
        if allowed:
            response.headers["Access-Control-Allow-Origin"] = origin
        if wanted := request.headers.get("Access-Control-Request-Headers"):
            response.headers["Access-Control-Allow-Headers"] = wanted
        return response

    app.before_request(preflight)
