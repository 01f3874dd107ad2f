"""Pages of settings that are tables of keys, banners, suggestions, and the whole configuration in and out."""

from flask import jsonify

from blueprints.configs import forms
from blueprints.configs.area import area
from utils.access.roles import admin, verified
from utils.http.parse import takes
from utils.settings import keys, pages, transfer
from utils.settings.panel import Panel
from utils.settings.setting import save


def _page(path: str, panel: Panel, form: type) -> None:
    """A page: GET shows it, POST stores what was sent and shows it again."""

    @area.get(path, endpoint=f"show {path}")
    @admin
    def show():
        return panel.show()

    @area.post(path, endpoint=f"store {path}")
    @admin
    @takes(body=form)
    def store(body):
        return panel.store(body)


_page("/connections", pages.CONNECTIONS, forms.ConnectionsForm)
_page("/code_execution", pages.CODE_EXECUTION, forms.CodeExecutionForm)
_page("/models", pages.MODELS, forms.ModelsForm)
_page("/subagents", pages.SUBAGENTS, forms.SubagentsForm)


@area.get("/models/defaults")
@verified
def model_defaults():
    return {"DEFAULT_MODEL_METADATA": keys.DEFAULT_MODEL_METADATA.get()}


@area.get("/banners")
@verified
def banners():
    return keys.WEBUI_BANNERS.get()


@area.post("/banners")
@admin
@takes(body=forms.BannersForm)
def store_banners(body):
    keys.WEBUI_BANNERS.set(body["banners"])
    return banners()


@area.post("/suggestions")
@admin
@takes(body=forms.SuggestionsForm)
def store_suggestions(body):
    languages = body["i18n"] or {}
    save({keys.DEFAULT_PROMPT_SUGGESTIONS: body["suggestions"], keys.UI_PROMPT_SUGGESTIONS_I18N: languages})
    return {"suggestions": body["suggestions"], "i18n": languages}


@area.post("/interface/visibility")
@admin
@takes(body=forms.VisibilityForm)
def store_visibility(body):
    keys.UI_VISIBILITY.set(body["visibility"])
    return {"visibility": body["visibility"]}


@area.get("/export")
@admin
def export():
    return transfer.everything()


@area.post("/import")
@admin
@takes(body=forms.ImportForm)
def import_config(body):
    transfer.take_in(body["config"])
    return transfer.everything()


@area.get("/namespace/<namespace>")
@admin
def namespace(namespace):
    return jsonify({key: value for key, value in transfer.everything().items() if key.startswith(namespace + ".")})
