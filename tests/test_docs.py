"""The documents cannot lag: settings, commands, links and code blocks are checked against the project."""

import re
from pathlib import Path

import pytest
import typer.testing

import telal
from rag.commands import settings_markdown
from rag.config import setting_names

ROOT = Path(telal.__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
COMMAND = re.compile(r"^(?:\.venv/bin/)?telal ((?:[a-z][a-z-]*(?: |$))+)", re.MULTILINE)


def test_the_page_of_settings_is_the_settings():
    assert (ROOT / "docs/settings.md").read_text(encoding="utf-8") == settings_markdown()


def test_every_setting_says_what_it_is_for():
    assert [name for name, text in setting_names().items() if not text] == []


def commands():
    found = set()
    for page in PAGES:
        for language, text in BLOCK.findall(page.read_text(encoding="utf-8")):
            if language in ("sh", "console", "bash"):
                found |= {(page.name, " ".join(match.split())) for match in COMMAND.findall(text)}
    return sorted(found)


@pytest.mark.parametrize(("page", "command"), commands())
def test_every_command_in_the_documents_exists(page, command):
    root = typer.main.get_command(telal.app)
    words, at = command.split(), root
    while words and hasattr(at, "commands"):
        assert words[0] in at.commands, f"{page}: telal {command}"
        at = at.commands[words.pop(0)]


def test_help_fits_one_screen():
    shown = typer.testing.CliRunner().invoke(telal.app, ["--help"]).output
    assert "ask" in shown and len(shown.splitlines()) <= 40


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_inside_the_project_lead_somewhere(page):
    for target in re.findall(r"\]\(((?!https?:|#|mailto:)[^)#]+)", page.read_text(encoding="utf-8")):
        made = (ROOT / "docs" / "reference", ROOT / "docs" / "changelog.md")  # by the site's build, which checks them
        if not any(there in (path, *path.parents) for path in [(page.parent / target).resolve()] for there in made):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def links(page):
    """The Markdown pages that a page links to."""
    found = re.findall(r"\]\(((?!https?:|#|mailto:)[^)#]+)", page.read_text(encoding="utf-8"))
    return {(page.parent / target).resolve() for target in found if target.endswith(".md")}


def test_every_page_is_reached_from_the_readme():
    """Of the decisions, which are many, one: the site lists them all."""
    reached, left = set(), {ROOT / "README.md"}
    while left:
        page = left.pop()
        reached.add(page)
        made = [page for page in links(page) if page.exists()]  # others are made from code
        left |= set(made) - reached
    assert [page.name for page in PAGES if page not in reached and page.parent.name != "decisions"] == []


def test_python_blocks_compile():
    for page in PAGES:
        for language, text in BLOCK.findall(page.read_text(encoding="utf-8")):
            if language == "python":
                compile(text, page.name, "exec")


def test_the_project_speaks_of_itself_alone():
    words = re.compile(r"/(?:work|farm)/|\bsubagent|\bpypi\.org|registry\.npmjs", re.IGNORECASE)
    for page in PAGES:
        assert not words.search(page.read_text(encoding="utf-8")), page.name


def test_the_index_of_decisions_names_each():
    folder = ROOT / "docs/decisions"
    rows = re.findall(r"^\| \[(\d{3})\]\(([\w-]+\.md)\) \| (.+) \|$", (folder / "index.md").read_text(), re.M)
    assert [name for _, name, _ in rows] == sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert len({number for number, _, _ in rows}) == len(rows), "two decisions have one number"
    for number, name, title in rows:
        first = (folder / name).read_text(encoding="utf-8").partition("\n")[0]
        assert re.fullmatch(rf"# {number}:? {re.escape(title)}", first)
