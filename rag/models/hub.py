"""Finds a sentence-transformers model in the Hugging Face cache, or downloads it from the hub."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from rag.errors import ModelMissing

# Copies of the same weights for other runtimes.
IGNORED = ("onnx/*", "openvino/*", "*.onnx", "*.h5", "*.ot", "*.msgpack", "*.tflite", "*.gguf")


def find_or_download(name: str, *, progress: Callable[[str], None]) -> Path:
    """The model's directory. Raises ModelMissing when it is neither cached nor reachable.

    The cached one comes first: a model that changes on the hub must not change under an archive.
    """
    repository = name if "/" in name else f"sentence-transformers/{name}"
    try:
        return _cached(repository) or _download(repository, progress)
    except (OSError, ValueError, HfHubHTTPError) as error:
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
    files = HfApi().list_repo_files(repository)
    safe = any(file.endswith(".safetensors") for file in files)
    # A .bin is the same weights again as a pickle.
    ignored = [*IGNORED, "*.bin"] if safe else list(IGNORED)
    return Path(snapshot_download(repository, ignore_patterns=ignored))
