"""What is said of licences, and of holes where nobody can be asked."""

from __future__ import annotations

import subprocess

import pytest
import typer

from research import packages
from research.packages import is_free, licence_of, needed


@pytest.mark.parametrize(
    ("licence", "free"),
    [
        ("MIT", True),
        ("Apache-2.0 AND CNRI-Python", True),
        ("MPL-1.1 OR GPL-2.0-only OR LGPL-2.1-or-later", True),
        ("LGPL-3.0-only", True),
        ("GPL-3.0-or-later", False),
        ("GNU Affero General Public License v3", False),
        ("Some company, all rights reserved", False),
        ("", False),
    ],
)
def test_which_licences_are_free(licence, free):
    assert is_free(licence) is free


def test_every_package_that_is_needed_is_free():
    found = {package.metadata["Name"].lower(): licence_of(package) for package in needed()}
    assert {"chromadb", "fastapi", "tantivy"} <= found.keys() and "pytest" not in found
    assert [name for name, licence in found.items() if not is_free(licence)] == []


@pytest.mark.parametrize(
    ("said", "code", "passes"),
    [
        ("No known vulnerabilities found", 0, True),
        ("Found 2 known vulnerabilities in 1 package", 1, False),
        ("error: network is unreachable", 2, True),
    ],
)
def test_a_hole_fails_and_a_missing_network_is_said(monkeypatch, capsys, said, code, passes):
    monkeypatch.setattr(packages.shutil, "which", lambda *given, **more: "/bin/uvx")
    monkeypatch.setattr(
        packages.subprocess, "run", lambda *given, **more: subprocess.CompletedProcess(given, code, said, "")
    )
    if passes:
        packages.main()
    else:
        with pytest.raises(typer.Exit):
            packages.main()
    assert said[:20] in capsys.readouterr().out
