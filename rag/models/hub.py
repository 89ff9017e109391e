"""Downloads a sentence-transformers model from the Hugging Face hub, or finds it in the hub's cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

from rag.errors import ModelMissing

# Other runtimes' copies of the same weights.
IGNORED = ["onnx/*", "openvino/*", "*.h5", "*.ot", "*.msgpack", "*.tflite", "*.gguf", "*.onnx"]


def download(name: str, *, progress: Callable[[str], None]) -> Path:
    """The model's directory. Raises ModelMissing when it is neither cached nor reachable."""
    repository = name if "/" in name else f"sentence-transformers/{name}"
    try:
        return Path(snapshot_download(repository, local_files_only=True, ignore_patterns=IGNORED))
    except (LocalEntryNotFoundError, HFValidationError):
        progress(f"Downloading {repository} from the Hugging Face hub.")
    try:
        return Path(snapshot_download(repository, ignore_patterns=IGNORED))
    except (OSError, HfHubHTTPError, HFValidationError) as error:
        hint = (
            "Without a network set TELAL_EMBEDDING__MODEL to a local model directory, or leave it out for the "
            "packaged multilingual-e5-small."
        )
        reason = str(error).splitlines()[0]
        raise ModelMissing(
            f"The embedding model {name!r} is no local directory and no download: {reason}", hint=hint
        ) from error
