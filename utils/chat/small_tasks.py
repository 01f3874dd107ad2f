"""Small tasks that a client asks for by itself: prompts, switches, and the body that goes to the task model.

Facts: chat.md section 7; seen on the real server: only the title (1000) and the emoji (4) are bounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from utils.auth.person import Person
from utils.chat import titles
from utils.http.errors import ApiError, bad_request, not_found
from utils.providers import catalog, prompts
from utils.providers.catalog import Model
from utils.settings import keys
from utils.settings.setting import Setting

IMAGE_PROMPT = """Describe one picture that fits the conversation below, for somebody who cannot see it: what is in it,
where, in which light, style and mood. One paragraph, no remarks around it.

Answer with JSON only: {"prompt": "the description"}

<conversation>
{{MESSAGES:END:6}}
</conversation>"""

QUERIES_PROMPT = """Today is {{CURRENT_DATE}}. Which one to three short searches would help to answer the last question
of the conversation below, in its language? Where in doubt, search; give an empty list only if nothing could be found.

Answer with JSON only: {"queries": ["first search", "second search"]}

<conversation>
{{MESSAGES:END:6}}
</conversation>"""

AUTOCOMPLETE_PROMPT = """Continue the text below as its writer would, for at most one sentence, without
repeating it. It is of the kind "{{TYPE}}". If nothing natural follows, continue with an empty text.

Answer with JSON only: {"text": "the continuation"}

<conversation>
{{MESSAGES:END:6}}
</conversation>
<text>{{PROMPT}}</text>"""

EMOJI_PROMPT = """Which single emoji fits the mood of this message best? Answer with that emoji only.

{{prompt}}"""

MERGE_PROMPT = """Several assistants answered the same request. Write the one best answer to it: keep what is
right and useful, drop what is wrong or said twice, and do not mention that there were several.

<request>{{prompt}}</request>

{{responses}}"""


@dataclass(frozen=True)
class Kind:
    """A small task. `disabled`: the status of the answer while its switch is off."""

    name: str
    prompt: str
    template: Setting | None = None
    switch: Setting | None = None
    disabled: int = 200
    from_text: bool = False
    """It is about a text (`prompt`), not about a conversation."""


KINDS = {
    "title": Kind(
        "title_generation", titles.TITLE_PROMPT, keys.TITLE_GENERATION_PROMPT_TEMPLATE, keys.ENABLE_TITLE_GENERATION
    ),
    "tags": Kind(
        "tags_generation", titles.TAGS_PROMPT, keys.TAGS_GENERATION_PROMPT_TEMPLATE, keys.ENABLE_TAGS_GENERATION
    ),
    "follow_up": Kind(
        "follow_up_generation",
        titles.FOLLOW_UPS_PROMPT,
        keys.FOLLOW_UP_GENERATION_PROMPT_TEMPLATE,
        keys.ENABLE_FOLLOW_UP_GENERATION,
    ),
    "image_prompt": Kind("image_prompt_generation", IMAGE_PROMPT, keys.IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE),
    "queries": Kind("query_generation", QUERIES_PROMPT, keys.QUERY_GENERATION_PROMPT_TEMPLATE),
    "auto": Kind(
        "autocomplete_generation",
        AUTOCOMPLETE_PROMPT,
        keys.AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE,
        keys.ENABLE_AUTOCOMPLETE_GENERATION,
        400,
    ),
    "emoji": Kind("emoji_generation", EMOJI_PROMPT, from_text=True),
    "moa": Kind("moa_response_generation", MERGE_PROMPT, from_text=True),
}

_QUERY_SWITCHES = {
    "web_search": keys.ENABLE_SEARCH_QUERY_GENERATION,
    "retrieval": keys.ENABLE_RETRIEVAL_QUERY_GENERATION,
}


def check_enabled(kind: Kind, body: Mapping[str, Any]) -> None:
    """Raises `ApiError` of the task's status where its switch is off, 400 for a text that is too long."""
    switch, status = kind.switch, kind.disabled
    if kind.name == "query_generation":
        switch, status = _QUERY_SWITCHES.get(str(body.get("type"))), 400
    if switch is not None and not switch.get():
        raise ApiError(status, "This task is switched off.")
    if kind.name == "autocomplete_generation":
        most, text = keys.AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH.get(), body.get("prompt")
        if isinstance(most, int) and most > 0 and isinstance(text, str) and len(text) > most:
            raise bad_request(f"The text is longer than {most} characters.")


def model_for(user: Person, body: Mapping[str, Any], kind: Kind) -> Model:
    """The model that does the task: the merger of answers is the chat's own. Raises 404 for an
    unknown one, 400 for one that the user may not use."""
    if catalog.find(body.get("model"), user) is None:
        raise not_found("There is no such model.")
    chosen = catalog.usable(user, body.get("model"))
    return chosen if kind.name == "moa_response_generation" else titles.task_model(user, chosen)


def prompt_of(user: Person, kind: Kind, body: Mapping[str, Any]) -> str:
    """The task's prompt for this request. Raises 400 where the request lacks what it is about."""
    template = prompts.rendered((kind.template.get() if kind.template else "") or kind.prompt, user)
    if kind.from_text:
        return _from_text(template, body)
    messages = body.get("messages")
    if not isinstance(messages, list):
        raise bad_request("A list of messages is needed.")
    said = [one for one in messages if isinstance(one, dict)]
    text = titles.filled(template, said)
    return text.replace("{{PROMPT}}", _text(body, "prompt", required=False)).replace("{{TYPE}}", str(body.get("type")))


def _from_text(template: str, body: Mapping[str, Any]) -> str:
    text = titles.filled(template, [{"role": "user", "content": _text(body, "prompt")}])
    if "{{responses}}" not in text:
        return text
    responses = body.get("responses")
    if not isinstance(responses, list):
        raise bad_request("A list of responses is needed.")
    listed = "\n".join(f'<answer number="{place}">{one}</answer>' for place, one in enumerate(responses, 1))
    return text.replace("{{responses}}", listed)


def _text(body: Mapping[str, Any], key: str, *, required: bool = True) -> str:
    value = body.get(key)
    if isinstance(value, str):
        return value
    if required:
        raise bad_request(f"A text is needed in {key}.")
    return ""
