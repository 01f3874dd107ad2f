"""Files in an S3 bucket, under `S3_KEY_PREFIX`; a row's path is `s3://bucket/key`, as the other server writes it.

boto3 is an extra (`pip install '.[s3]'`) and loaded with the first file.
"""

import contextlib
import logging
import pathlib
import re
import secrets
import shutil
import threading
from collections.abc import Iterator
from typing import Any

from config import ConfigError
from models.database import release
from utils.http.errors import ApiError
from utils.settings import environment
from utils.storage import arriving

log = logging.getLogger("lightwell.storage")

_NOT_IN_A_TAG = re.compile(r"[^\w \-+=.:/@]")
_clients: dict[tuple[str, ...], Any] = {}
_making = threading.Lock()


def send(file: pathlib.Path, tags: dict[str, str]) -> str:
    """Uploads a file under its own name; returns the path for its row. Raises 503."""
    settings = environment.current()
    bucket, key = settings.s3_bucket_name, "/".join(filter(None, (settings.s3_key_prefix.strip("/"), file.name)))
    with _explained("stored"):
        _client().upload_file(str(file), bucket, key)
        if settings.s3_enable_tagging:
            marks = [{"Key": name, "Value": _NOT_IN_A_TAG.sub("", value)[:256]} for name, value in tags.items()]
            _client().put_object_tagging(Bucket=bucket, Key=key, Tagging={"TagSet": marks})
    return f"s3://{bucket}/{key}"


def fetch(path: str, target: pathlib.Path) -> bool:
    """Downloads what a row's path names; False where it is not there. Raises 503."""
    bucket, key = _parts(path)
    part = arriving.folder() / secrets.token_hex(16)
    for folder in (part.parent, target.parent):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with _explained("read"), part.open("wb") as file:
            try:
                _client().download_fileobj(bucket, key, file)
            except _failures()[0] as error:
                if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 404:
                    return False
                raise
        shutil.move(part, target)
        return True
    finally:
        part.unlink(missing_ok=True)


def remove(path: str) -> None:
    """Deletes what a row's path names. Raises 503."""
    bucket, key = _parts(path)
    with _explained("deleted"):
        _client().delete_object(Bucket=bucket, Key=key)


def clear() -> None:
    """Deletes everything under the prefix. Raises 503."""
    settings = environment.current()
    prefix = settings.s3_key_prefix.strip("/")
    with _explained("deleted"):
        pages = _client().get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=settings.s3_bucket_name, Prefix=f"{prefix}/" if prefix else ""):
            found = [{"Key": one["Key"]} for one in page.get("Contents", ())]
            if found:
                _client().delete_objects(Bucket=settings.s3_bucket_name, Delete={"Objects": found, "Quiet": True})


def _parts(path: str) -> tuple[str, str]:
    bucket, _, key = path.removeprefix("s3://").partition("/")
    return bucket, key


@contextlib.contextmanager
def _explained(what: str) -> Iterator[None]:
    # nobody waits for the network with a connection to the database in hand
    release()
    try:
        yield
    except _failures() as error:
        log.error("the file store (S3) failed, a file was not %s: %s", what, error)
        raise ApiError(503, f"The file store does not answer: the file was not {what}.") from error


def _failures() -> tuple[Any, ...]:
    from boto3.exceptions import Boto3Error  # noqa: PLC0415 - an extra
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra

    return (ClientError, BotoCoreError, Boto3Error, OSError)


def check() -> None:
    """Raises `ConfigError` when S3 is wanted and cannot be: for the start."""
    settings = environment.current()
    if settings.storage_provider != "s3":
        return
    if not settings.s3_bucket_name:
        raise ConfigError("STORAGE_PROVIDER=s3 needs S3_BUCKET_NAME.")
    import importlib.util  # noqa: PLC0415 - once, and only with S3

    if importlib.util.find_spec("boto3") is None:
        raise ConfigError("STORAGE_PROVIDER=s3 needs boto3: pip install '.[s3]'")


def fault() -> str | None:
    """Stores a small object in the bucket and deletes it; what went wrong with that, in the store's words."""
    settings = environment.current()
    key = "/".join(filter(None, (settings.s3_key_prefix.strip("/"), f"lightwell-probe-{secrets.token_hex(8)}")))
    try:
        client = _made(settings, connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 1})
        client.put_object(Bucket=settings.s3_bucket_name, Key=key, Body=b"x")
        client.delete_object(Bucket=settings.s3_bucket_name, Key=key)
    except (*_failures(), ValueError) as error:
        return str(error)
    return None


def _client() -> Any:
    settings = environment.current()
    key = (
        settings.s3_endpoint_url,
        settings.s3_region_name,
        settings.s3_access_key_id,
        settings.s3_secret_access_key,
        settings.s3_addressing_style,
    )
    with _making:
        if key not in _clients:
            _clients[key] = _made(settings)
        return _clients[key]


def _made(settings: Any, **patience: Any) -> Any:
    import boto3  # noqa: PLC0415 - an extra: 30 MB that only S3 needs
    from botocore.config import Config  # noqa: PLC0415

    options: dict[str, Any] = {"use_accelerate_endpoint": settings.s3_use_accelerate_endpoint}
    if settings.s3_addressing_style:
        options["addressing_style"] = settings.s3_addressing_style
    usual = {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 3, "mode": "standard"}}
    config = Config(
        s3=options,
        **(usual | patience),
        # stores that only speak S3's dialect know no newer checksums
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    given = bool(settings.s3_access_key_id and settings.s3_secret_access_key)
    return boto3.client(
        "s3",
        region_name=settings.s3_region_name or None,
        endpoint_url=settings.s3_endpoint_url or None,
        aws_access_key_id=settings.s3_access_key_id if given else None,
        aws_secret_access_key=settings.s3_secret_access_key if given else None,
        config=config,
    )
