"""What a run's figures depend on: commit, settings, packages, machine, digests."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from eval.core.cases import Suite
from rag.config import Settings

PACKAGES = (
    "telal", "chromadb", "ir-measures", "langchain", "numpy", "onnxruntime", "pytrec-eval-terrier",
    "sentence-transformers", "tantivy", "tokenizers", "torch",
)  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]


def environment(
    suite: Suite, settings: Settings, *, seed: int, model_id: str | None, chunking: str | None, command: str = ""
) -> dict[str, Any]:
    """The record; commit and dirty are None outside a checkout."""
    commit = _git("rev-parse", "HEAD")
    return {
        "commit": commit,
        "dirty": bool(_git("status", "--porcelain", "--untracked-files=no")) if commit else None,
        "settings": _public(settings),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "seed": seed,
        "cases_digest": suite.cases_digest,
        "docs_digest": suite.docs_digest,
        "model_id": model_id,
        "chunking": chunking,
        "command": command,
    }


def typed() -> str:
    """The command as it was typed."""
    return shlex.join(["telal", *sys.argv[1:]])


def _public(settings: Settings) -> dict[str, Any]:
    """The settings without directories, which differ from machine to machine, and without the key."""
    shown = settings.model_dump(
        mode="json", exclude={"data_dir": True, "embedding": {"cache_dir"}, "chat": {"api_key"}}
    )
    shown["embedding"]["model"] = Path(shown["embedding"]["model"]).name
    return shown


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _cpu() -> str:
    """The processor's name, from where the system says it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown")
