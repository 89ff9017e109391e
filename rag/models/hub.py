"""Finds a sentence-transformers model in the Hugging Face cache, or downloads it from the hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

from rag.errors import ModelMissing

# Copies of the same weights for other runtimes.
IGNORED = ("onnx/*", "openvino/*", "*.onnx", "*.h5", "*.ot", "*.msgpack", "*.tflite", "*.gguf")
HUB_TIMEOUT_S = 20.0


def find_or_download(name: str, *, progress: Callable[[str], None]) -> Path:
    """The model's directory. Raises ModelMissing when it is neither cached nor reachable.

    The cached one comes first: a model that changes on the hub must not change under an archive.
    """
    repository = name if "/" in name else f"sentence-transformers/{name}"
    try:
        return _cached(repository) or _download(repository, progress)
    except Exception as error:  # its errors are those of requests, httpx or httpx2, by its version
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        message = f"The embedding model {name!r} is no model directory here, and it cannot be downloaded: {reason}"
        hint = (
            "Set TELAL_EMBEDDING__MODEL to a directory with a sentence-transformers model, "
            "or leave it out for the packaged model."
        )
        raise ModelMissing(message, hint=hint) from error


def _cached(repository: str) -> Path | None:
    try:
        folder = Path(snapshot_download(repository, local_files_only=True, ignore_patterns=list(IGNORED)))
    except (LocalEntryNotFoundError, HFValidationError):
        return None
    # A broken download, or another program that wanted the configuration alone, leaves a folder without weights.
    whole = any(folder.rglob("*.safetensors")) or any(folder.rglob("*.bin"))
    return folder if whole else None


def _download(repository: str, progress: Callable[[str], None]) -> Path:
    progress(f"Downloading {repository} from the Hugging Face hub.")
    # model_info, as list_repo_files tries five times over 25 seconds when there is no network.
    files = HfApi().model_info(repository, timeout=HUB_TIMEOUT_S).siblings or []
    safe = any(file.rfilename.endswith(".safetensors") for file in files)
    # A .bin is the same weights again as a pickle.
    ignored = [*IGNORED, "*.bin"] if safe else list(IGNORED)
    return Path(snapshot_download(repository, ignore_patterns=ignored))
