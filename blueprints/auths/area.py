"""The area itself: its answers are never stored, its 422 is a sentence (http.md section 3)."""

from flask import Response

from utils.http.area import Area

area = Area("auths", __name__, "/api/v1/auths", text_faults=True)


@area.after_request
def no_store(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
