"""`GET /metrics`."""

from flask import Response, request

from utils.access.roles import public
from utils.http import metrics
from utils.http.area import Area
from utils.http.errors import unauthorised
from utils.operations import observe
from utils.settings import environment

area = Area("metrics", __name__)


@area.get("/metrics")
@public
def scrape():
    if not observe.allowed(request.headers.get("Authorization"), environment.current().metrics_token):
        raise unauthorised("METRICS_TOKEN is wanted, as a bearer token.")
    return Response(observe.page(), content_type=metrics.CONTENT_TYPE)
