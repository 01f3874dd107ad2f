"""The admin page Audio: settings, kept faithfully."""

from utils.access.roles import admin
from utils.http.area import Area
from utils.http.errors import bad_request
from utils.http.parse import takes
from utils.settings import keys_media
from utils.settings.pages_media import AUDIO

area = Area("audio", __name__, "/api/v1/audio")

_FORM = AUDIO.form(realtime={"allow_none": True, "load_default": None})


@area.get("/config")
@admin
def config():
    return AUDIO.show()


@area.post("/config/update")
@admin
@takes(body=_FORM)
def update_config(body):
    # speech is recognised elsewhere: a server that does so is not turned back to an engine it has not
    if not body["stt"]["ENGINE"] and keys_media.AUDIO_STT_ENGINE.get():
        raise bad_request("There is no speech recognition in this server. Choose an engine.")
    return AUDIO.store(body)
