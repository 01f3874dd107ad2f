"""Persistent configuration: images and audio. Facts: contract config.tsv, data.md section 5."""

from utils.settings.setting import loads, paired_key, setting, split

ENABLE_IMAGE_GENERATION = setting("image_generation.enable", False, "ENABLE_IMAGE_GENERATION")
IMAGE_GENERATION_ENGINE = setting("image_generation.engine", "openai", "IMAGE_GENERATION_ENGINE")
IMAGE_GENERATION_MODEL = setting("image_generation.model", "", "IMAGE_GENERATION_MODEL")
IMAGE_SIZE = setting("image_generation.size", "512x512", "IMAGE_SIZE")
IMAGE_STEPS = setting("image_generation.steps", 50, "IMAGE_STEPS")
ENABLE_IMAGE_PROMPT_GENERATION = setting("image_generation.prompt.enable", True, "ENABLE_IMAGE_PROMPT_GENERATION")
AUTOMATIC1111_BASE_URL = setting("image_generation.automatic1111.base_url", "", "AUTOMATIC1111_BASE_URL")
AUTOMATIC1111_API_AUTH = setting("image_generation.automatic1111.api_auth", "", "AUTOMATIC1111_API_AUTH")
AUTOMATIC1111_PARAMS = setting("image_generation.automatic1111.api_params", {}, "AUTOMATIC1111_PARAMS")
COMFYUI_BASE_URL = setting("image_generation.comfyui.base_url", "", "COMFYUI_BASE_URL")
COMFYUI_API_KEY = setting("image_generation.comfyui.api_key", "", "COMFYUI_API_KEY")
COMFYUI_WORKFLOW = setting("image_generation.comfyui.workflow", "", "COMFYUI_WORKFLOW")
COMFYUI_WORKFLOW_NODES = setting("image_generation.comfyui.nodes", [], "COMFYUI_WORKFLOW_NODES")
IMAGES_OPENAI_API_BASE_URL = setting(
    "image_generation.openai.api_base_url", "https://api.openai.com/v1", "IMAGES_OPENAI_API_BASE_URL"
)
IMAGES_OPENAI_API_VERSION = setting("image_generation.openai.api_version", "", "IMAGES_OPENAI_API_VERSION")
IMAGES_OPENAI_API_KEY = setting(
    "image_generation.openai.api_key",
    "",
    "IMAGES_OPENAI_API_KEY",
    "OPENAI_API_KEYS",
    "OPENAI_API_KEY",
    seed=paired_key("IMAGES_OPENAI_API_KEY"),
)
IMAGES_OPENAI_PARAMS = setting("image_generation.openai.params", {}, "IMAGES_OPENAI_PARAMS")
IMAGES_GEMINI_API_BASE_URL = setting(
    "image_generation.gemini.api_base_url", "", "IMAGES_GEMINI_API_BASE_URL", "GEMINI_API_BASE_URL"
)
IMAGES_GEMINI_API_KEY = setting("image_generation.gemini.api_key", "", "IMAGES_GEMINI_API_KEY", "GEMINI_API_KEY")
IMAGES_GEMINI_ENDPOINT_METHOD = setting("image_generation.gemini.endpoint_method", "", "IMAGES_GEMINI_ENDPOINT_METHOD")
ENABLE_IMAGE_EDIT = setting("images.edit.enable", False, "ENABLE_IMAGE_EDIT")
IMAGE_EDIT_ENGINE = setting("images.edit.engine", "openai", "IMAGE_EDIT_ENGINE")
IMAGE_EDIT_MODEL = setting("images.edit.model", "", "IMAGE_EDIT_MODEL")
IMAGE_EDIT_SIZE = setting("images.edit.size", "", "IMAGE_EDIT_SIZE")
IMAGES_EDIT_OPENAI_API_BASE_URL = setting(
    "images.edit.openai.api_base_url", "https://api.openai.com/v1", "IMAGES_EDIT_OPENAI_API_BASE_URL"
)
IMAGES_EDIT_OPENAI_API_VERSION = setting("images.edit.openai.api_version", "", "IMAGES_EDIT_OPENAI_API_VERSION")
IMAGES_EDIT_OPENAI_API_KEY = setting(
    "images.edit.openai.api_key",
    "",
    "IMAGES_EDIT_OPENAI_API_KEY",
    "OPENAI_API_KEYS",
    "OPENAI_API_KEY",
    seed=paired_key("IMAGES_EDIT_OPENAI_API_KEY"),
)
IMAGES_EDIT_GEMINI_API_BASE_URL = setting(
    "images.edit.gemini.api_base_url", "", "IMAGES_EDIT_GEMINI_API_BASE_URL", "GEMINI_API_BASE_URL"
)
IMAGES_EDIT_GEMINI_API_KEY = setting("images.edit.gemini.api_key", "", "IMAGES_EDIT_GEMINI_API_KEY", "GEMINI_API_KEY")
IMAGES_EDIT_COMFYUI_BASE_URL = setting("images.edit.comfyui.base_url", "", "IMAGES_EDIT_COMFYUI_BASE_URL")
IMAGES_EDIT_COMFYUI_API_KEY = setting("images.edit.comfyui.api_key", "", "IMAGES_EDIT_COMFYUI_API_KEY")
IMAGES_EDIT_COMFYUI_WORKFLOW = setting("images.edit.comfyui.workflow", "", "IMAGES_EDIT_COMFYUI_WORKFLOW")
IMAGES_EDIT_COMFYUI_WORKFLOW_NODES = setting("images.edit.comfyui.nodes", [], "IMAGES_EDIT_COMFYUI_WORKFLOW_NODES")
WHISPER_MODEL = setting("audio.stt.whisper_model", "base", "WHISPER_MODEL")
DEEPGRAM_API_KEY = setting("audio.stt.deepgram.api_key", "", "DEEPGRAM_API_KEY")
AUDIO_STT_OPENAI_API_BASE_URL = setting(
    "audio.stt.openai.api_base_url", "https://api.openai.com/v1", "AUDIO_STT_OPENAI_API_BASE_URL"
)
AUDIO_STT_OPENAI_API_KEY = setting(
    "audio.stt.openai.api_key",
    "",
    "AUDIO_STT_OPENAI_API_KEY",
    "OPENAI_API_KEYS",
    "OPENAI_API_KEY",
    seed=paired_key("AUDIO_STT_OPENAI_API_KEY"),
)
AUDIO_STT_OPENAI_API_REQUEST_FORMAT = setting(
    "audio.stt.openai.api_request_format", "multipart", "AUDIO_STT_OPENAI_API_REQUEST_FORMAT"
)
AUDIO_STT_ENGINE = setting("audio.stt.engine", "", "AUDIO_STT_ENGINE")
AUDIO_STT_MODEL = setting("audio.stt.model", "", "AUDIO_STT_MODEL")
AUDIO_STT_SUPPORTED_CONTENT_TYPES = setting(
    "audio.stt.supported_content_types", [], "AUDIO_STT_SUPPORTED_CONTENT_TYPES", parse=split(",")
)
AUDIO_STT_ALLOWED_EXTENSIONS = setting(
    "audio.stt.allowed_extensions",
    ["mp3", "wav", "m4a", "webm", "ogg", "flac", "mp4", "mpga", "mpeg"],
    "AUDIO_STT_ALLOWED_EXTENSIONS",
    parse=split(","),
)
AUDIO_STT_AZURE_API_KEY = setting("audio.stt.azure.api_key", "", "AUDIO_STT_AZURE_API_KEY")
AUDIO_STT_AZURE_REGION = setting("audio.stt.azure.region", "", "AUDIO_STT_AZURE_REGION")
AUDIO_STT_AZURE_LOCALES = setting("audio.stt.azure.locales", "", "AUDIO_STT_AZURE_LOCALES")
AUDIO_STT_AZURE_BASE_URL = setting("audio.stt.azure.base_url", "", "AUDIO_STT_AZURE_BASE_URL")
AUDIO_STT_AZURE_MAX_SPEAKERS = setting("audio.stt.azure.max_speakers", "", "AUDIO_STT_AZURE_MAX_SPEAKERS")
AUDIO_STT_MISTRAL_API_KEY = setting("audio.stt.mistral.api_key", "", "AUDIO_STT_MISTRAL_API_KEY")
AUDIO_STT_MISTRAL_API_BASE_URL = setting(
    "audio.stt.mistral.api_base_url", "https://api.mistral.ai/v1", "AUDIO_STT_MISTRAL_API_BASE_URL"
)
AUDIO_STT_MISTRAL_USE_CHAT_COMPLETIONS = setting(
    "audio.stt.mistral.use_chat_completions", False, "AUDIO_STT_MISTRAL_USE_CHAT_COMPLETIONS"
)
AUDIO_TTS_OPENAI_API_BASE_URL = setting(
    "audio.tts.openai.api_base_url", "https://api.openai.com/v1", "AUDIO_TTS_OPENAI_API_BASE_URL"
)
AUDIO_TTS_OPENAI_API_KEY = setting(
    "audio.tts.openai.api_key",
    "",
    "AUDIO_TTS_OPENAI_API_KEY",
    "OPENAI_API_KEYS",
    "OPENAI_API_KEY",
    seed=paired_key("AUDIO_TTS_OPENAI_API_KEY"),
)
AUDIO_TTS_OPENAI_PARAMS = setting("audio.tts.openai.params", {}, "AUDIO_TTS_OPENAI_PARAMS")
AUDIO_TTS_API_KEY = setting("audio.tts.api_key", "", "AUDIO_TTS_API_KEY")
AUDIO_REALTIME_ENABLED = setting("audio.realtime.enabled", False, "AUDIO_REALTIME_ENABLED")
AUDIO_REALTIME_PROVIDER = setting("audio.realtime.provider", "openai", "AUDIO_REALTIME_PROVIDER")
AUDIO_REALTIME_AUTH_TYPE = setting("audio.realtime.auth_type", "api_key", "AUDIO_REALTIME_AUTH_TYPE")
AUDIO_REALTIME_OPENAI_API_BASE_URL = setting(
    "audio.realtime.openai.api_base_url", "https://api.openai.com/v1", "AUDIO_REALTIME_OPENAI_API_BASE_URL"
)
AUDIO_REALTIME_OPENAI_API_KEY = setting("audio.realtime.openai.api_key", "", "AUDIO_REALTIME_OPENAI_API_KEY")
AUDIO_REALTIME_MODEL = setting("audio.realtime.model", "gpt-realtime-2.1-mini", "AUDIO_REALTIME_MODEL")
AUDIO_REALTIME_VOICE = setting("audio.realtime.voice", "marin", "AUDIO_REALTIME_VOICE")
AUDIO_REALTIME_TRANSCRIPTION_MODEL = setting(
    "audio.realtime.transcription_model", "gpt-transcribe", "AUDIO_REALTIME_TRANSCRIPTION_MODEL"
)
AUDIO_REALTIME_INPUT_PARAMS = setting("audio.realtime.input_params", None, "AUDIO_REALTIME_INPUT_PARAMS", parse=loads)
REALTIME_CALL_PROMPT_TEMPLATE = setting(
    "audio.realtime.prompt_template", None, "REALTIME_CALL_PROMPT_TEMPLATE", parse=str
)
AUDIO_TTS_ENGINE = setting("audio.tts.engine", "", "AUDIO_TTS_ENGINE")
AUDIO_TTS_MODEL = setting("audio.tts.model", "tts-1", "AUDIO_TTS_MODEL")
AUDIO_TTS_VOICE = setting("audio.tts.voice", "alloy", "AUDIO_TTS_VOICE")
REALTIME_TTS_PROMPT_TEMPLATE = setting(
    "audio.tts.realtime.prompt_template", None, "REALTIME_TTS_PROMPT_TEMPLATE", parse=str
)
AUDIO_TTS_SPLIT_ON = setting("audio.tts.split_on", "punctuation", "AUDIO_TTS_SPLIT_ON")
AUDIO_TTS_AZURE_SPEECH_REGION = setting("audio.tts.azure.speech_region", "", "AUDIO_TTS_AZURE_SPEECH_REGION")
AUDIO_TTS_AZURE_SPEECH_BASE_URL = setting("audio.tts.azure.speech_base_url", "", "AUDIO_TTS_AZURE_SPEECH_BASE_URL")
AUDIO_TTS_AZURE_SPEECH_OUTPUT_FORMAT = setting(
    "audio.tts.azure.speech_output_format", "audio-24khz-160kbitrate-mono-mp3", "AUDIO_TTS_AZURE_SPEECH_OUTPUT_FORMAT"
)
AUDIO_TTS_MISTRAL_API_KEY = setting("audio.tts.mistral.api_key", "", "AUDIO_TTS_MISTRAL_API_KEY")
AUDIO_TTS_MISTRAL_API_BASE_URL = setting(
    "audio.tts.mistral.api_base_url", "https://api.mistral.ai/v1", "AUDIO_TTS_MISTRAL_API_BASE_URL"
)
