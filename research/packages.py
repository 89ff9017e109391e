"""`python -m research.packages`: the licence of every package that `pip install telal` brings, and known holes in them.

Licences are read from the packages that are installed. Holes are looked up by pip-audit, which asks the Python
advisory database over the network: where there is none this is said, and nothing about holes is known.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Annotated

import typer
from packaging.requirements import Requirement
from rich.console import Console

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"
PRODUCT = "telal"
EXTRAS = ("openai", "ollama", "postgres", "redis", "otel")  # what the container holds
# Licences that let everybody pass on and sell what is built with the package; of LGPL and MPL only changes to the
# package itself must be passed on in source.
_FREE = re.compile(
    r"\b(?:MIT|MIT-0|MIT-CMU|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation|Zlib|Unlicense|CC0|MPL|"
    r"Mozilla Public|HPND|LGPL|Lesser General Public|Unicode|Public Domain|Boost)",
    re.IGNORECASE,
)
_CLOSED = re.compile(
    r"\b(?:AGPL|Affero|(?<!L)GPL|(?<!Lesser )General Public|proprietary|non-?commercial)", re.IGNORECASE
)
_out = Console(width=120)


def licence_of(package: Distribution) -> str:
    """What a package says of its licence: an SPDX expression, else its classifiers, else the first line of a text."""
    about = package.metadata
    classifiers = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    text = (about["License"] if "License" in about else "").strip().splitlines()
    expression = about["License-Expression"] if "License-Expression" in about else ""
    return expression or ", ".join(classifiers) or (text[0] if text else "")


def is_free(licence: str) -> bool:
    """Whether a licence is known, and allows what Telal's own does; of several that may be chosen one is enough."""
    either = re.split(r"\s+OR\s+|, ", licence)
    return any(_FREE.search(one) and not _CLOSED.search(one) for one in either)


def needed(name: str = PRODUCT, extras: tuple[str, ...] = EXTRAS) -> Iterator[Distribution]:
    """What a package needs with some of its extras, each once, as far as it is installed."""
    seen: set[str] = set()
    waiting = [(name, frozenset(extras))]
    while waiting:
        one, wanted = waiting.pop()
        key = re.sub(r"[-_.]+", "-", one).lower()
        if key in seen and not wanted:
            continue
        try:
            found = distribution(one)
        except PackageNotFoundError:
            continue
        if key not in seen and key != PRODUCT:
            yield found
        seen.add(key)
        for line in found.requires or []:
            wish = Requirement(line)
            if wish.marker is None or any(wish.marker.evaluate({"extra": extra}) for extra in wanted or {""}):
                waiting.append((wish.name, frozenset(wish.extras)))


def main(
    audit: Annotated[bool, typer.Option(help="Also look for known holes, over the network.")] = True,
) -> None:
    """Print licences and holes; exit 1 for a licence that is not known to be free, or for a hole."""
    by_licence: dict[str, list[str]] = defaultdict(list)
    for package in needed():
        by_licence[licence_of(package) or "none stated"].append(package.metadata["Name"])
    for licence, names in sorted(by_licence.items(), key=lambda row: -len(row[1])):
        mark = "  " if is_free(licence) else "!!"
        _out.print(f"{mark} {licence}: {', '.join(sorted(names, key=str.lower))}", markup=False, highlight=False)
    bad = [licence for licence in by_licence if not is_free(licence)]
    holes = audit and not _audited()
    if bad or holes:
        raise typer.Exit(1)


def _audited() -> bool:
    """False where a hole was found. Without pip-audit or a network nothing is known, and that is said."""
    program = shutil.which("uvx", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if program is None:
        _out.print("Holes were not looked for: uvx is missing (pip install uv).")
        return True
    command = [program, "pip-audit", "--disable-pip", "--no-deps", "--progress-spinner=off", "-r", str(CONSTRAINTS)]
    done = subprocess.run(command, capture_output=True, text=True)
    said = done.stdout + done.stderr
    if done.returncode and "vulnerabilit" not in said:
        _out.print(
            f"Holes were not looked for: pip-audit could not run ({said.strip().splitlines()[-1][:90]}).", markup=False
        )
        return True
    _out.print(said.strip(), markup=False)
    return done.returncode == 0


if __name__ == "__main__":
    typer.run(main)
