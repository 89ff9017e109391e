"""Records what a prepared model directory holds, and tells when that is no longer so."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from rag.errors import ModelBroken

MANIFEST = "telal.json"

Manifest = dict[str, Any]


def write_manifest(folder: Path, **about: Any) -> None:
    """Sizes and digests of every file in `folder`, and a digest over the manifest itself."""
    files = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    body = {**about, "files": {name: {"bytes": p.stat().st_size, "sha256": sha256(p)} for name, p in files.items()}}
    text = json.dumps({**body, "digest": _digest(body)}, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def check_manifest(folder: Path, **about: Any) -> Manifest:
    """The manifest, after a check cheap enough for every start: sizes, not contents. Raises ModelBroken."""
    try:
        body: Manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        digest = body.pop("digest")
        sizes = {name: (folder / name).stat().st_size for name in body["files"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _broken(folder, f"{type(error).__name__}: {error}") from error
    if digest != _digest(body) or any(body.get(key) != value for key, value in about.items()):
        raise _broken(folder, f"{MANIFEST} was altered")
    for name, size in sizes.items():
        if size != body["files"][name]["bytes"]:
            raise _broken(folder, f"{name} has {size} bytes instead of {body['files'][name]['bytes']}")
    return body


def verify_manifest(folder: Path) -> None:
    """Reads every file, half a second for the default model. Raises ModelBroken."""
    for name, expected in check_manifest(folder)["files"].items():
        try:
            found = sha256(folder / name)
        except OSError as error:
            raise _broken(folder, f"{name}: {error.strerror}") from error
        if found != expected["sha256"]:
            raise _broken(folder, f"{name} has not the content that was written")


def content_digest(folder: Path) -> str:
    """Of every file that may change a model's vectors: one trained on in the same directory is another model."""
    kinds = {".json", ".safetensors", ".bin", ".txt", ".model"}
    other_runtimes = {"onnx", "openvino"}
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.suffix in kinds and path.is_file() and not other_runtimes & set(name.parts):
            whole.update(f"{name.as_posix()}:{sha256(path)}\n".encode())
    return whole.hexdigest()


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(body: Manifest) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _broken(folder: Path, reason: str) -> ModelBroken:
    hint = "`telal doctor --repair` makes it anew."
    return ModelBroken(f"The model directory {folder} is damaged: {reason}.", hint=hint)
