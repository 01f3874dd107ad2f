"""Admin pages Images and Audio."""

from typing import Any

from utils.http.fields import List, Literal, Object, OneOf, String
from utils.settings import keys_media
from utils.settings.panel import Panel, Row, row, rows
from utils.settings.setting import Setting

_MUST: dict[str, Any] = {"required": True}
_MAY_BE_NULL: dict[str, Any] = {"required": True, "allow_none": True}


def _object_or_text(setting: Setting) -> Row:
    return setting, OneOf(**{"dict[any,any]": Object(), "str": String()}, **_MAY_BE_NULL)


IMAGES = Panel(
    {
        **rows(
            keys_media,
            "ENABLE_IMAGE_GENERATION ENABLE_IMAGE_PROMPT_GENERATION IMAGE_GENERATION_ENGINE IMAGE_GENERATION_MODEL",
            **_MUST,
        ),
        **rows(keys_media, "IMAGE_SIZE IMAGE_STEPS", **_MAY_BE_NULL),
        **rows(keys_media, "IMAGES_OPENAI_API_BASE_URL IMAGES_OPENAI_API_KEY IMAGES_OPENAI_API_VERSION", **_MUST),
        "IMAGES_OPENAI_API_PARAMS": _object_or_text(keys_media.IMAGES_OPENAI_PARAMS),
        **rows(keys_media, "AUTOMATIC1111_BASE_URL", **_MUST),
        "AUTOMATIC1111_API_AUTH": _object_or_text(keys_media.AUTOMATIC1111_API_AUTH),
        "AUTOMATIC1111_PARAMS": _object_or_text(keys_media.AUTOMATIC1111_PARAMS),
        **rows(keys_media, "COMFYUI_BASE_URL COMFYUI_API_KEY COMFYUI_WORKFLOW", **_MUST),
        "COMFYUI_WORKFLOW_NODES": (keys_media.COMFYUI_WORKFLOW_NODES, List(Object(), **_MUST)),
        **rows(
            keys_media,
            "IMAGES_GEMINI_API_BASE_URL IMAGES_GEMINI_API_KEY IMAGES_GEMINI_ENDPOINT_METHOD ENABLE_IMAGE_EDIT "
            "IMAGE_EDIT_ENGINE IMAGE_EDIT_MODEL",
            **_MUST,
        ),
        **rows(keys_media, "IMAGE_EDIT_SIZE", **_MAY_BE_NULL),
        **rows(
            keys_media,
            "IMAGES_EDIT_OPENAI_API_BASE_URL IMAGES_EDIT_OPENAI_API_KEY IMAGES_EDIT_OPENAI_API_VERSION "
            "IMAGES_EDIT_GEMINI_API_BASE_URL IMAGES_EDIT_GEMINI_API_KEY IMAGES_EDIT_COMFYUI_BASE_URL "
            "IMAGES_EDIT_COMFYUI_API_KEY IMAGES_EDIT_COMFYUI_WORKFLOW",
            **_MUST,
        ),
        "IMAGES_EDIT_COMFYUI_WORKFLOW_NODES": (
            keys_media.IMAGES_EDIT_COMFYUI_WORKFLOW_NODES,
            List(Object(), **_MUST),
        ),
    }
)


def _part(section: str, prefix: str, names: str, **options: Any) -> dict[str, Row]:
    """Rows of one part of the Audio page, whose settings bear `prefix` before the field's name."""
    return {f"{section}.{name}": row(getattr(keys_media, prefix + name), **options) for name in names.split()}


def _word(setting: Setting, *words: str) -> Row:
    return setting, Literal(*words, load_default=words[0])


def _name(setting: Setting) -> Row:
    return setting, String(min_length=1, max_length=200, load_default=setting.default)


AUDIO = Panel(
    {
        "realtime.ENABLED": row(keys_media.AUDIO_REALTIME_ENABLED, load_default=False),
        "realtime.PROVIDER": _word(keys_media.AUDIO_REALTIME_PROVIDER, "openai", "azure"),
        "realtime.AUTH_TYPE": _word(keys_media.AUDIO_REALTIME_AUTH_TYPE, "api_key", "microsoft_entra_id"),
        "realtime.OPENAI_API_BASE_URL": row(
            keys_media.AUDIO_REALTIME_OPENAI_API_BASE_URL, load_default="https://api.openai.com/v1"
        ),
        "realtime.OPENAI_API_KEY": row(keys_media.AUDIO_REALTIME_OPENAI_API_KEY, load_default=""),
        "realtime.MODEL": _name(keys_media.AUDIO_REALTIME_MODEL),
        "realtime.VOICE": _name(keys_media.AUDIO_REALTIME_VOICE),
        "realtime.TRANSCRIPTION_MODEL": _name(keys_media.AUDIO_REALTIME_TRANSCRIPTION_MODEL),
        "realtime.INPUT_PARAMS": (keys_media.AUDIO_REALTIME_INPUT_PARAMS, Object(allow_none=True)),
        "realtime.REALTIME_CALL_PROMPT_TEMPLATE": row(keys_media.REALTIME_CALL_PROMPT_TEMPLATE, allow_none=True),
        **_part("tts", "AUDIO_TTS_", "OPENAI_API_BASE_URL OPENAI_API_KEY", **_MUST),
        **_part("tts", "AUDIO_TTS_", "OPENAI_PARAMS", allow_none=True, load_default=None),
        **_part("tts", "AUDIO_TTS_", "API_KEY ENGINE MODEL VOICE", **_MUST),
        "tts.REALTIME_TTS_PROMPT_TEMPLATE": row(
            keys_media.REALTIME_TTS_PROMPT_TEMPLATE, allow_none=True, load_default=None
        ),
        **_part(
            "tts",
            "AUDIO_TTS_",
            "SPLIT_ON AZURE_SPEECH_REGION AZURE_SPEECH_BASE_URL AZURE_SPEECH_OUTPUT_FORMAT MISTRAL_API_KEY "
            "MISTRAL_API_BASE_URL",
            **_MUST,
        ),
        **_part("stt", "AUDIO_STT_", "OPENAI_API_BASE_URL OPENAI_API_KEY", **_MUST),
        **_part("stt", "AUDIO_STT_", "OPENAI_API_REQUEST_FORMAT", load_default="multipart"),
        **_part("stt", "AUDIO_STT_", "ENGINE MODEL", **_MUST),
        **_part("stt", "AUDIO_STT_", "SUPPORTED_CONTENT_TYPES ALLOWED_EXTENSIONS", load_default=list),
        **_part("stt", "", "WHISPER_MODEL DEEPGRAM_API_KEY", **_MUST),
        **_part(
            "stt",
            "AUDIO_STT_",
            "AZURE_API_KEY AZURE_REGION AZURE_LOCALES AZURE_BASE_URL AZURE_MAX_SPEAKERS MISTRAL_API_KEY "
            "MISTRAL_API_BASE_URL MISTRAL_USE_CHAT_COMPLETIONS",
            **_MUST,
        ),
    }
)
