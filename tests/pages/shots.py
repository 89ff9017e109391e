"""Pictures of page, desk and documentation to look at: `python tests/pages/shots.py FOLDER --url URL --key KEY`.

A server over the starter corpus runs at URL (`telal serve`); KEY is an editor's (`telal keys create NAME --scope
admin`). Each state is pictured at four widths in light and in dark. What axe-core finds wrong in a state at the least
width, and what is wider than its window, is printed and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))

from telal_reader import RULES  # noqa: E402

WIDTHS = (360, 768, 1280, 1920)
AXE = Path(__file__).parents[2] / "api" / "web" / "node_modules" / "axe-core" / "axe.min.js"
NOT_THERE = {
    "en": "Who won the 2031 election in Sarajevo?",
    "sr-Cyrl": "Ко је победио на изборима у Сарајеву 2031?",
    "el": "Ποιος κέρδισε τις εκλογές του 2031 στο Σαράγεβο;",
    "tr": "2031'de Saraybosna'daki seçimi kim kazandı?",
}
# language -> form -> question about the starter corpus; a refusal and an error are for every language
QUESTIONS = {
    "en": {
        "answer": "Who signed the Tirana agreement?",
        "list": "Which ministers signed the Tirana agreement?",
        "conflict": "Is the count of Attica fire victims 83 or 86?",
        "timeline": "Timeline of the Attica fires",
    },
    "sr-Cyrl": {
        "answer": "Ко је потписао споразум у Тирани?",
        "list": "Који министри су потписали споразум у Тирани?",
        "timeline": "Како се мењао број мртвих у пожарима код Атине?",
    },
    "el": {
        "answer": "Πόσοι έφυγαν από τη θάλασσα στις φωτιές της Ρόδου;",
        "list": "Κοντά σε ποια ελληνικά νησιά ήθελε η Τουρκία να κάνει έρευνες το 2020;",
        "conflict": "Από τι ξεκίνησε η φονική φωτιά στο Μάτι;",
    },
    "tr": {
        "answer": "59 kişinin öldüğü gece kulübü hangi kentteydi?",
        "list": "Koçani yangınında yaralananlar hangi ülkelere götürüldü?",
        "conflict": "BDI içinde hükûmet yüzünden anlaşmazlık var mıydı?",
    },
}
DOCUMENTS = ("docs/", "docs/settings/", "docs/decisions/001-embedding-runtime/")
OTHERS = ("api/reference", "problems/not-found", "demo")
DESK = ("asked", "reports", "pins", "sources", "articles", "trial", "log")


class Camera:
    """Takes pictures of a page as it stands and keeps what was found wrong."""

    def __init__(self, page: Page, folder: Path, faults: list[str]) -> None:
        self._page, self._folder, self._faults = page, folder, faults
        page.on("pageerror", lambda error: self._found(f"script error: {error}"))

    def _found(self, *wrong: str) -> None:
        self._faults += wrong
        sys.stdout.writelines(f"{one}\n" for one in wrong)
        sys.stdout.flush()

    def take(self, name: str, *, show: str = "", reload: bool = False) -> None:
        """In both themes, `show` in sight; `reload`: the page takes its theme up when it is loaded."""
        page = self._page
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            if reload:
                page.evaluate("localStorage.clear()")
                page.reload()
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                page.wait_for_timeout(80)
                if show:
                    page.locator(show).first.scroll_into_view_if_needed()
                if (wide := self._too_wide()) > 0:
                    self._found(f"{name} {width}: {wide} px too wide")
                page.screenshot(path=self._folder / f"{name}-{theme}-{width}.png", full_page=reload)
                if width == WIDTHS[0]:
                    self._found(*(f"{name} {theme}: {fault}" for fault in self._violations()))
        page.set_viewport_size({"width": 1280, "height": 800})

    def _too_wide(self) -> int:
        """By how many pixels, once the new width has settled."""
        for _ in range(10):
            if (wide := int(self._page.evaluate("document.documentElement.scrollWidth - innerWidth"))) <= 0:
                break
            self._page.wait_for_timeout(100)
        return wide

    def _violations(self) -> Iterator[str]:
        if not self._page.evaluate("typeof axe === 'object'"):
            self._page.evaluate(AXE.read_text())
        report = self._page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        return (f"{v['id']} {[n['target'] for n in v['nodes']][:3]}" for v in report["violations"])


def reader(page: Page, camera: Camera, url: str, language: str) -> None:
    """All that a reader of a language may see."""
    page.goto(f"{url}/?lang={language}")
    chat = page.locator("telal-chat").first
    chat.locator(".story").first.wait_for(timeout=600_000)
    camera.take(f"{language}-first")
    for form, question in [*QUESTIONS[language].items(), ("refusal", NOT_THERE[language])]:
        page.goto(f"{url}/?lang={language}")
        ask(page, question)
        if form == "answer":
            chat.locator(".source").first.click()
            chat.locator(".card mark").wait_for()
            camera.take(f"{language}-card", show=".card")
            chat.locator(".card .icon").click()
        page.wait_for_timeout(1500)  # further questions come
        camera.take(f"{language}-{form}")
        if form == "answer":
            chat.locator(".actions .quiet").last.click()
            chat.locator("form.feedback").wait_for()
            camera.take(f"{language}-feedback", show="form.feedback .strong")
    page.goto(f"{url}/?lang={language}")
    page.route("**/v1/ask", lambda route: route.abort())
    ask(page, NOT_THERE[language])
    camera.take(f"{language}-error")
    page.unroute("**/v1/ask")


def ask(page: Page, question: str) -> None:
    chat = page.locator("telal-chat").first
    chat.locator("#question").fill(question)
    chat.locator("#question").press("Enter")
    chat.locator(".turn .actions, .turn .failure").first.wait_for()


def editor(page: Page, camera: Camera, url: str, key: str) -> None:
    """Every part of the desk, and one article opened."""
    page.goto(f"{url}/desk?lang=en")
    camera.take("desk-signin")
    page.locator("input[name=key]").fill(key)
    page.locator("input[name=key]").press("Enter")
    page.locator("nav").wait_for()
    for part in DESK:
        page.evaluate("part => { location.hash = `#/${part}`; }", part)
        page.locator(f'nav a[aria-current][href="#/{part}"]').wait_for()
        page.locator("p.busy").wait_for(state="detached")
        camera.take(f"desk-{part}")
        if part == "articles":
            page.locator(".list a").first.click()
            page.locator("details summary").first.wait_for()
            camera.take("desk-article")


def main(folder: Path, url: str, key: str, only: list[str]) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    faults: list[str] = []

    def seat(browser: Browser) -> tuple[Page, Camera]:
        page = browser.new_context(locale="en-GB", bypass_csp=True).new_page()
        page.set_default_timeout(60_000)
        return page, Camera(page, folder, faults)

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for language in QUESTIONS:
            if not only or language in only:
                reader(*seat(browser), url, language)
        if key and (not only or "desk" in only):
            editor(*seat(browser), url, key)
        if not only or "docs" in only:
            page, camera = seat(browser)
            for path in (*DOCUMENTS, *OTHERS):
                page.goto(f"{url}/{path}")
                camera.take(path.strip("/").replace("/", "-"), reload=True)
        browser.close()
    return 1 if faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--key", default="", help="without it the desk is left out")
    parser.add_argument("--only", nargs="*", default=[], help=f"of {[*QUESTIONS, 'desk', 'docs']}")
    taken = parser.parse_args()
    sys.exit(main(taken.folder, taken.url.rstrip("/"), taken.key, taken.only))
