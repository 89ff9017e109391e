"""The container file, parsed: its instructions, what they copy, whose process it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KNOWN = set(
    "FROM ENV WORKDIR COPY RUN USER VOLUME EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD ARG LABEL SHELL".split()
)


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction and its argument, with continued lines joined and comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def faults(text: str) -> list[str]:
    """What a linter of container files would say."""
    found, stages, user = [], [], "root"
    for name, said in instructions(text):
        if name not in KNOWN:
            found.append(f"unknown instruction {name}")
        elif name == "FROM":
            image, *stage = said.split(" AS ")
            stages += stage
            user = "root"
            found += [f"{image} has no fixed version"] if not re.search(r":(?!latest)[\w.-]+$", image) else []
        elif name == "COPY" and (stage := re.match(r"--from=(\S+)", said)):
            found += [] if stage[1] in stages else [f"no stage {stage[1]}"]
        elif name == "COPY":
            found += [f"nothing at {source}" for source in said.split()[:-1] if not (ROOT / source).exists()]
        elif name == "USER":
            user = said
        elif name in ("ENTRYPOINT", "CMD") or (name == "HEALTHCHECK" and (said := said.partition("CMD ")[2])):
            try:
                assert all(isinstance(word, str) for word in json.loads(said))
            except ValueError:
                found.append(f"{name} starts a shell, which takes no signals")
        elif name == "RUN" and re.search(r"\bcurl\b|\bwget\b|pip install (?!.*--(require-hashes|no-index))", said):
            found.append(f"fetched unchecked: {said}")
    return found + ([f"runs as {user}"] if user in ("root", "0") else [])


def test_the_container_file_has_no_fault():
    assert faults((ROOT / "Dockerfile").read_text()) == []


@pytest.mark.parametrize(
    ("was", "made", "fault"),
    [
        ("FROM python:3.12-slim\n", "FROM python\n", "no fixed version"),
        ("USER 10001\n", "", "runs as root"),
        ("COPY rag rag", "COPY raggs rag", "nothing at raggs"),
        ("--from=build", "--from=built", "no stage built"),
        ('CMD ["serve"]', "CMD serve", "starts a shell"),
        ("--require-hashes -r deploy/requirements.txt", "-r deploy/requirements.txt", "fetched unchecked"),
        (" \\\n    && /opt/docs", "\n    && /opt/docs", "unknown instruction &&"),
    ],
)
def test_a_fault_is_found(was, made, fault):
    text = (ROOT / "Dockerfile").read_text()
    assert was in text
    assert any(fault in said for said in faults(text.replace(was, made)))
