"""The admin page Images: settings, kept faithfully."""

import re

from utils.access.roles import admin
from utils.http.area import Area
from utils.http.errors import bad_request
from utils.http.parse import takes
from utils.settings import keys
from utils.settings.pages_media import IMAGES

area = Area("images", __name__, "/api/v1/images")

_SIZE = re.compile(r"\d+x\d+")
_SIZES_ITSELF = re.compile(r"gpt-image")


@area.get("/config")
@admin
def config():
    return IMAGES.show()


@area.post("/config/update")
@admin
@takes(body=IMAGES.form())
def update_config(body):
    _check_size(body["IMAGE_SIZE"], body["IMAGE_GENERATION_MODEL"])
    if body["IMAGE_STEPS"] is None or body["IMAGE_STEPS"] < 0:
        raise bad_request("The number of steps is a whole number from 0 on.")
    for field in ("COMFYUI_BASE_URL", "IMAGES_EDIT_COMFYUI_BASE_URL"):
        body[field] = body[field].rstrip("/")
    # the other server's answer carries the permissions along (observed)
    return {**IMAGES.store(body), "USER_PERMISSIONS": keys.USER_PERMISSIONS.get()}


def _check_size(size, model):
    if size == "" or (size is not None and _SIZE.fullmatch(size)):
        return
    if size != "auto":
        raise bad_request("A size looks like 512x512.")
    if not _SIZES_ITSELF.match(model):
        raise bad_request("Only models of the gpt-image family choose the size themselves.")
