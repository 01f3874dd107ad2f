"""Azure: signing in as an application, addresses of deployments, the keys it takes (providers.md 5)."""

import threading
import time
from typing import Any

import requests

from utils.http.errors import bad_request
from utils.providers.errors import ProviderError, unreachable
from utils.providers.payload import is_newer
from utils.settings import environment

SCOPE = "https://cognitiveservices.azure.com/"
DEFAULT_VERSION = "2023-03-15-preview"
_WITH_STREAM_OPTIONS = "2024-09-01-preview"
_METADATA = "http://169.254.169.254/metadata/identity/oauth2/token"

_TAKEN = set(
    """messages temperature role content contentPart contentPartImage enhancements dataSources n stream stop
    max_tokens max_completion_tokens presence_penalty frequency_penalty logit_bias user function_call functions
    tools tool_choice top_p log_probs top_logprobs response_format seed reasoning_effort""".split()
)

_lock = threading.Lock()
_held: dict[str, Any] = {"token": "", "until": 0.0}


def access_token() -> str:
    """A token of the machine's Azure identity: an application's secret from AZURE_TENANT_ID,
    AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, else the managed identity. Raises `ProviderError`."""
    with _lock:
        if _held["until"] - time.monotonic() < 120:
            answer = _fetch()
            _held.update(token=answer["access_token"], until=time.monotonic() + int(answer.get("expires_in") or 300))
        return _held["token"]


def _fetch() -> dict[str, Any]:
    environ = environment.current().environ
    tenant, client = environ.get("AZURE_TENANT_ID", ""), environ.get("AZURE_CLIENT_ID", "")
    secret = environ.get("AZURE_CLIENT_SECRET", "")
    try:
        if tenant and client and secret:
            authority = environ.get("AZURE_AUTHORITY_HOST") or "https://login.microsoftonline.com"
            response = requests.post(
                f"{authority.rstrip('/')}/{tenant}/oauth2/v2.0/token",
                data={
                    "grant_type": "client_credentials",
                    "client_id": client,
                    "client_secret": secret,
                    "scope": SCOPE + ".default",
                },
                timeout=10,
            )
        else:
            params = {"api-version": "2018-02-01", "resource": SCOPE, **({"client_id": client} if client else {})}
            response = requests.get(_METADATA, params=params, headers={"Metadata": "true"}, timeout=5)
        answer = response.json()
    except (requests.RequestException, ValueError) as error:
        raise unreachable() from error
    if not isinstance(answer, dict) or not answer.get("access_token"):
        raise ProviderError(500, {"detail": "Signing in to Azure failed."})
    return answer


def chat_request(url: str, version: str, body: dict[str, Any]) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Address, extra headers and body of a chat with a deployment. Raises 400 for a model name that
    would lead elsewhere."""
    model = str(body.get("model") or "")
    if not model or "/" in model or "\\" in model or ".." in model:
        raise bad_request("This model name cannot be an Azure deployment.")
    version = version or DEFAULT_VERSION
    allowed = _TAKEN | ({"stream_options"} if version >= _WITH_STREAM_OPTIONS else set())
    out = {key: value for key, value in body.items() if key in allowed}
    if is_newer(model) and out.get("temperature", 1) != 1:
        del out["temperature"]
    return f"{url}/openai/deployments/{model}/chat/completions?api-version={version}", {"api-version": version}, out
