"""What the site has beyond the pages of this folder: reference made from code, decisions in order, the changelog."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from telal.reference import pages

ROOT = Path(__file__).resolve().parents[1]
_OUTSIDE = re.compile(r"\[((?:[^\]`]|`[^`]*`)+)\]\((?:\.\./)+([\w./-]+)(?:#[\w-]+)?\)")
_NO_SITE = {"README.md": "index.md", "CHANGELOG.md": "changelog.md"}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Lists the decisions, the newest last, below their index if there is one; and pages that no menu names."""
    docs = ROOT / "docs"
    pages_here = sorted(path.relative_to(docs).as_posix() for path in docs.rglob("*.md"))
    decisions = [name for name in pages_here if name.startswith("decisions/")]
    decisions.sort(key=lambda name: not name.endswith(("/index.md", "/README.md")))
    menu: list[Any] = config.nav or []
    named = set(re.findall(r"[\w./-]+\.md", str(menu)))
    for section in menu:
        if "Decisions" in section:
            section["Decisions"] = decisions
    if more := [name for name in pages_here if name not in named and name not in decisions]:
        menu.append({"More": more})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that are made from code."""
    for name, text in {**pages(), "changelog.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")}.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Links to files of the checkout, which the site does not hold, become their paths."""
    depth = page.file.src_uri.count("/")

    def told(link: re.Match[str]) -> str:
        text, target = link[1], link[2]
        if target in _NO_SITE:
            return f"[{text}]({'../' * depth}{_NO_SITE[target]})"
        if (ROOT / "docs" / target).exists() and depth:  # from a folder of docs to docs itself
            return link[0]
        return text if target in text else f"{text} (`{target}`)"

    return _OUTSIDE.sub(told, markdown)


def on_post_build(config: MkDocsConfig) -> None:
    """What is not there is told at any depth: the page's addresses begin at /docs/. Source maps are left out."""
    for unread in Path(config.site_dir).rglob("*.map"):
        unread.unlink()
    page = Path(config.site_dir, "404.html")
    page.write_text(
        re.sub(r'(href|src)="/(?!docs/)', r'\1="/docs/', page.read_text(encoding="utf-8")), encoding="utf-8"
    )
