"""Finds a model's files: the packaged model made into a directory once, a local directory, or one of the hub."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, snapshot_download
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

from rag.config import AUTO, EmbeddingSettings
from rag.errors import DiskFull, ModelBroken, ModelMissing, ReadOnly
from rag.models import packaged, tuned
from rag.models.word_vectors import WordVectors

MANIFEST = "telal.json"

Manifest = dict[str, Any]


def write_manifest(folder: Path, **about: Any) -> None:
    """Sizes and digests of every file in `folder`, and a digest over the manifest itself."""
    files = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    body = {**about, "files": {name: {"bytes": p.stat().st_size, "sha256": sha256(p)} for name, p in files.items()}}
    text = json.dumps({**body, "digest": _digest(body)}, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def check_manifest(folder: Path, **about: Any) -> Manifest:
    """The manifest, after a check of sizes, not of contents. Raises ModelBroken."""
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
    """Reads every file. Raises ModelBroken."""
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


# Copies of the same weights for other runtimes.
IGNORED_FILES = ("onnx/*", "openvino/*", "*.onnx", "*.h5", "*.ot", "*.msgpack", "*.tflite", "*.gguf")
HUB_TIMEOUT_S = 20.0


def find_or_download(name: str, setting: str, *, progress: Callable[[str], None]) -> Path:
    """The directory of a sentence-transformers model that a setting names: a local one, else the hub's.

    One of the hub that is cached is preferred: a model that changes there must not change under an archive. Raises
    ModelMissing when the model is neither here nor reachable.
    """
    path = Path(name).expanduser()
    if (path / "config.json").is_file() or (path / "modules.json").is_file():
        return path.resolve()
    if path.exists() or path.is_absolute() or name.startswith("."):
        hint = f"Set {setting} to a directory that holds modules.json or config.json."
        raise ModelMissing(f"There is no model in {path}.", hint=hint)
    repository = name if "/" in name else f"sentence-transformers/{name}"
    try:
        with suppress(LocalEntryNotFoundError, HFValidationError):
            folder = Path(snapshot_download(repository, local_files_only=True, ignore_patterns=list(IGNORED_FILES)))
            # A broken download, or a program that wanted the configuration alone, leaves a folder without weights.
            if any(folder.rglob("*.safetensors")) or any(folder.rglob("*.bin")):
                return folder
        progress(f"Downloading {repository} from the Hugging Face hub.")
        # model_info, as list_repo_files tries five times over 25 seconds when there is no network.
        files = HfApi().model_info(repository, timeout=HUB_TIMEOUT_S).siblings or []
        safe = any(file.rfilename.endswith(".safetensors") for file in files)
        # A .bin is the same weights again as a pickle.
        ignored = [*IGNORED_FILES, "*.bin"] if safe else list(IGNORED_FILES)
        return Path(snapshot_download(repository, ignore_patterns=ignored))
    except Exception as error:  # its errors are those of requests, httpx or httpx2, by its version
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        message = f"The model {name!r} of {setting} is no directory here, and it cannot be downloaded: {reason}"
        hint = f"Set {setting} to a directory with a sentence-transformers model, or leave it out for Telal's own."
        raise ModelMissing(message, hint=hint) from error


FORMAT = 1  # raise it when the vectors change: models are made anew, archives embedded anew
FILES = 4  # raise it when other files are written and the vectors agree: models alone are made anew
OURS = (tuned.NAME, packaged.NAME)  # the models that come along, best first
ONNX_FILE = "onnx/model_qint8.onnx"
TOKENIZER_FILE = "onnx/tokenizer.json"
UNFINISHED = ".making-"
STALE_S = 3600  # making takes some ten seconds, so an older unfinished folder was left by a killed process

Progress = Callable[[str], None]


@dataclass(frozen=True)
class ModelDir:
    """A directory of a model of ours or of sentence-transformers; `digest` changes whenever its vectors may."""

    name: str
    path: Path
    digest: str

    @property
    def ours(self) -> bool:
        """Is it Telal's own export?"""
        return (self.path / MANIFEST).is_file()

    def identify(self, passage_prefix: str) -> str:
        """Name and digest of all that shapes a passage's vector; runtimes whose vectors agree share it."""
        digest = hashlib.sha256(f"{self.digest}\0{passage_prefix}".encode()).hexdigest()
        return f"{self.name}@{digest[:8]}"


def silent(_message: str) -> None:
    """Progress that nobody reads."""


def cache_dir(settings: EmbeddingSettings) -> Path:
    if settings.cache_dir:
        return settings.cache_dir.expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "telal"


def prepare_model(settings: EmbeddingSettings, *, progress: Progress = silent, rebuild: bool = False) -> ModelDir:
    """The directory of `settings.model`, made or downloaded if needed; `rebuild` makes a model of ours anew.

    Raises ModelMissing, ModelBroken, ReadOnly, DiskFull.
    """
    name = OURS[0] if settings.model == AUTO else settings.model
    if name in OURS:
        return _prepare_ours(name, cache_dir(settings) / "models", progress=progress, rebuild=rebuild)
    path = find_or_download(settings.model, "TELAL_EMBEDDING__MODEL", progress=progress)
    local = Path(settings.model).expanduser().exists()
    return ModelDir(path.name if local else settings.model, path, content_digest(path))


def verify_model(model: ModelDir) -> None:
    """Compares all that Telal wrote, and the package's file that it reads rows of, with their digests; raises
    ModelBroken. Of other directories it knows nothing."""
    if model.ours:
        verify_manifest(model.path)
        packaged.verify(packaged.source_path())


def open_words(model: ModelDir) -> WordVectors:
    """The word embeddings of a model of ours, in the package's file. Raises ModelMissing, ModelBroken."""
    return WordVectors(packaged.source_path(), packaged.Table(**check_manifest(model.path)["shape"]["words"]))


def directory_of(name: str, models: Path) -> ModelDir:
    """Where a model of ours is made, whether it has been or not."""
    parts = [packaged.SOURCE_SHA256, *([tuned.about()["sha256"]] if name == tuned.NAME else []), str(FORMAT)]
    digest = hashlib.sha256(":".join(parts).encode()).hexdigest()
    return ModelDir(name, models / f"{name}-{digest[:8]}-{FILES}", digest)


def _prepare_ours(name: str, models: Path, *, progress: Progress, rebuild: bool) -> ModelDir:
    model = directory_of(name, models)
    try:
        if model.path.exists() and not rebuild:
            try:
                _check(model)
                return model
            except ModelBroken as error:
                progress(f"{error.message} Making it anew.")
        progress(f"Preparing the embedding model {name} in {model.path} (once, some seconds).")
        _make(model, rebuild=rebuild)
        progress("The embedding model is ready.")
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            hint = "Free 60 MB there and run it again."
            raise DiskFull(f"No room for the embedding model in {models}.", hint=hint) from error
        hint = "Set TELAL_EMBEDDING__CACHE_DIR to a directory that can be written."
        message = f"The embedding model cannot be written to {models}: {error.strerror or error}."
        raise ReadOnly(message, hint=hint) from error
    return model


def read_ours(name: str) -> packaged.PackedWeights:
    """The weights of a model of ours. Raises ModelMissing, ModelBroken."""
    packed = packaged.read_packed(packaged.source_path())
    return tuned.read_tuned(packed) if name == tuned.NAME else packed


def _make(model: ModelDir, *, rebuild: bool) -> None:
    # Making a model needs onnx, using it does not: every later start is spared the import.
    from rag.models.graph import write_graph

    packed, models = read_ours(model.name), model.path.parent
    models.mkdir(parents=True, exist_ok=True)
    for left in models.glob(f"{UNFINISHED}*"):
        with suppress(FileNotFoundError):  # another process finished or swept it meanwhile
            if time.time() - left.stat().st_mtime > STALE_S:
                shutil.rmtree(left, ignore_errors=True)
    # Two processes may do this at once: each works in its own folder, and the later one keeps the earlier one's result.
    folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=models))
    try:
        folder.chmod(0o755)
        (folder / ONNX_FILE).parent.mkdir()
        write_graph(packed, folder / ONNX_FILE)
        packaged.build_tokenizer(packed, everywhere=False).save(str(folder / TOKENIZER_FILE), pretty=False)
        shape = {"dimension": packed.shape.hidden, "window": packed.shape.positions, "words": asdict(packed.words)}
        write_manifest(folder, shape=shape, **_about(model))
        _move_into_place(folder, model, replace=rebuild)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _move_into_place(folder: Path, model: ModelDir, *, replace: bool) -> None:
    target = model.path
    if target.exists():
        try:
            _check(model)
        except ModelBroken:
            replace = True
        if replace:
            aside = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=target.parent))
            os.replace(target, aside / "replaced")
            shutil.rmtree(aside, ignore_errors=True)
    try:
        os.rename(folder, target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        _check(model)  # another process was faster


def _about(model: ModelDir) -> dict[str, object]:
    about: dict[str, object] = {"file": packaged.SOURCE_FILE, "sha256": packaged.SOURCE_SHA256}
    if model.name == tuned.NAME:
        about["trained"] = tuned.about()["sha256"]
    return {"format": FORMAT, "source": about}


def _check(model: ModelDir) -> None:
    check_manifest(model.path, **_about(model))
    verify_manifest(model.path)  # 29 MB: 0.03 s
