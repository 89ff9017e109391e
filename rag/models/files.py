"""Finds a model's files: the packaged model made into a directory once, a local directory, or a hub's."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.config import EmbeddingSettings
from rag.errors import DiskFull, ModelBroken, ModelMissing, ReadOnly
from rag.models import packaged

FORMAT = 1  # raise it when the files that are written change: they are made anew and archives re-indexed
MANIFEST = "telal.json"
ONNX_FILE = "onnx/model_qint8.onnx"
STALE_S = 3600  # preparing takes some ten seconds, so an older unfinished folder was left by a killed process

Progress = Callable[[str], None]


@dataclass(frozen=True)
class ModelDir:
    """A sentence-transformers model directory. `digest` changes whenever its vectors may."""

    name: str
    path: Path
    digest: str

    @property
    def onnx(self) -> Path | None:
        path = self.path / ONNX_FILE
        return path if (self.path / MANIFEST).is_file() and path.is_file() else None


def silent(_message: str) -> None:
    """Progress that nobody reads."""


def cache_dir(settings: EmbeddingSettings) -> Path:
    if settings.cache_dir:
        return settings.cache_dir.expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "telal"


def prepare_model(settings: EmbeddingSettings, *, progress: Progress = silent, rebuild: bool = False) -> ModelDir:
    """The directory of `settings.model`, made if needed. Raises ModelMissing, ModelBroken, ReadOnly, DiskFull."""
    if settings.model == packaged.NAME:
        return _prepare_packaged(cache_dir(settings) / "models", progress=progress, rebuild=rebuild)
    path = Path(settings.model).expanduser()
    if (path / "config.json").is_file() or (path / "modules.json").is_file():
        return ModelDir(path.resolve().name, path.resolve(), _content_digest(path))
    from rag.models.hub import download  # its import is a start-up cost of hub models alone

    path = download(settings.model, progress=progress)
    return ModelDir(settings.model, path, _content_digest(path))


def verify_model(model: ModelDir) -> None:
    """Reads every file that Telal wrote and compares digests; raises ModelBroken with what to do."""
    if not (model.path / MANIFEST).is_file():
        return  # not ours: there is nothing to compare with
    for name, expected in _check(model.path)["files"].items():
        if _sha256(model.path / name) != expected["sha256"]:
            raise _broken(model.path, f"{name} has other content than was written")


def _prepare_packaged(models: Path, *, progress: Progress, rebuild: bool) -> ModelDir:
    digest = hashlib.sha256(f"{packaged.SOURCE_SHA256}:{FORMAT}".encode()).hexdigest()
    model = ModelDir(packaged.NAME, models / f"{packaged.NAME}-{digest[:8]}", digest)
    if model.path.exists() and not rebuild:
        try:
            _check(model.path)
            return model
        except ModelBroken as error:
            progress(f"{error.message} Making it anew.")
    progress(f"Preparing the embedding model {packaged.NAME} in {model.path} (once; 560 MB, some ten seconds).")
    try:
        _build(models, model.path)
    except OSError as error:
        raise _unwritable(models, error) from error
    progress("The embedding model is ready.")
    return model


def _build(models: Path, target: Path) -> None:
    # Building needs onnx and safetensors, using does not: keep them out of every other start.
    from rag.models.directory import write_directory
    from rag.models.graph import write_graph

    packed = packaged.read_packed(packaged.source_path())
    models.mkdir(parents=True, exist_ok=True)
    _sweep(models)
    # Two processes may build at once: each into a folder of its own, and the later rename finds a whole model.
    folder = Path(tempfile.mkdtemp(prefix=".making-", dir=models))
    try:
        folder.chmod(0o755)
        (folder / ONNX_FILE).parent.mkdir()
        write_graph(packed, folder / ONNX_FILE)
        write_directory(packed, folder)
        _write_manifest(folder)
        _move_into_place(folder, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move_into_place(folder: Path, target: Path) -> None:
    if target.exists():
        try:
            _check(target)
        except ModelBroken:
            aside = Path(tempfile.mkdtemp(prefix=".making-", dir=target.parent))
            os.replace(target, aside / "broken")
            shutil.rmtree(aside, ignore_errors=True)
    try:
        os.rename(folder, target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        _check(target)  # another process was faster


def _sweep(models: Path) -> None:
    for left in models.glob(".making-*"):
        if time.time() - left.stat().st_mtime > STALE_S:
            shutil.rmtree(left, ignore_errors=True)


def _write_manifest(folder: Path) -> None:
    files = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    body = {
        "format": FORMAT,
        "source": {"file": packaged.SOURCE_FILE, "sha256": packaged.SOURCE_SHA256},
        "files": {name: {"bytes": p.stat().st_size, "sha256": _sha256(p)} for name, p in files.items()},
    }
    text = json.dumps({**body, "digest": _body_digest(body)}, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _check(folder: Path) -> dict[str, Any]:
    """The manifest, after a check that takes no reading of large files; raises ModelBroken."""
    try:
        body: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        digest = body.pop("digest")
        sizes = {name: (folder / name).stat().st_size for name in body["files"]}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _broken(folder, f"{type(error).__name__}: {error}") from error
    if digest != _body_digest(body) or body["source"]["sha256"] != packaged.SOURCE_SHA256:
        raise _broken(folder, f"{MANIFEST} was altered")
    for name, size in sizes.items():
        if size != body["files"][name]["bytes"]:
            raise _broken(folder, f"{name} has {size} bytes instead of {body['files'][name]['bytes']}")
    return body


def _body_digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _content_digest(folder: Path) -> str:
    """Of everything that may change vectors; a model trained on into the same directory is another model."""
    whole = hashlib.sha256()
    for path in _model_files(folder):
        whole.update(f"{path.relative_to(folder).as_posix()}:{_sha256(path)}\n".encode())
    return whole.hexdigest()


def _model_files(folder: Path) -> Iterator[Path]:
    kinds = {".json", ".safetensors", ".bin", ".txt", ".model"}
    other_runtimes = {"onnx", "openvino"}
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.suffix in kinds and path.is_file() and not other_runtimes & set(parts) and path.name != MANIFEST:
            yield path


def _broken(folder: Path, reason: str) -> ModelBroken:
    hint = "`telal doctor --repair` makes it anew."
    return ModelBroken(f"The model directory {folder} is damaged ({reason}).", hint=hint)


def _unwritable(models: Path, error: OSError) -> Exception:
    if error.errno == errno.ENOSPC:
        return DiskFull(f"No room for the embedding model in {models}.", hint="Free 1.2 GB and run it again.")
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOTDIR, errno.EEXIST):
        hint = "Set TELAL_EMBEDDING__CACHE_DIR to a directory that can be written."
        return ReadOnly(f"The embedding model cannot be written to {models}: {error.strerror}.", hint=hint)
    hint = "Set TELAL_EMBEDDING__CACHE_DIR to another directory."
    return ModelMissing(f"The embedding model could not be made in {models}: {error}.", hint=hint)
