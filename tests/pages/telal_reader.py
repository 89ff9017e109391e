"""A reader before a page: what tests do and see, in their words; also what no page may ever do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Locator, Page, Request

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ACTIVE = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at;
}"""


class Reader:
    """One page in a browser context of its own."""

    def __init__(self, context: BrowserContext, shots: Path, axe: Callable[[], str]) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.faults: list[str] = []
        self.stored = True  # a test that forbids the page its storage cannot look into it
        self._context, self._shots, self._axe = context, shots, axe
        self.page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        self.page.on("dialog", self._dialog)
        self.page.on("console", self._console)
        self.page.on("request", self._request)
        self._own = False  # whether Telal's own page was among those visited

    def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if any(word in message.text for word in ("Content Security", "Trusted", "preload", "deprecated")):
            self.faults.append(message.text)

    def _request(self, request: Request) -> None:
        self._own = self._own or request.url.endswith("/static/page.js")
        if urlsplit(request.url).hostname not in ("127.0.0.1", "localhost"):
            self.faults.append(f"third party: {request.url}")

    def check(self) -> None:
        """Whatever a test did: no script error, no breach of the page's policy, no third party, and nothing stored but
        Telal's own page's last conversations and what is followed."""
        own = ["telal recent", "telal followed"] if self._own else []
        if self.page.url.startswith("http") and self.stored:
            left = self.page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
            self.faults += [f"stored: {name}" for name in left if name not in own]
        self.faults += [f"cookie: {cookie.get('name')}" for cookie in self._context.cookies()]
        assert not self.faults, self.faults

    @property
    def chat(self) -> Locator:
        return self.page.locator("telal-chat").first

    @property
    def turn(self) -> Locator:
        return self.chat.locator(".turn").last

    @property
    def box(self) -> Locator:
        return self.chat.locator("textarea#question")

    @property
    def status(self) -> Locator:
        return self.chat.get_by_role("status")

    def ask(self, question: str, *, wait: bool = True) -> Locator:
        """Types a question and sends it; by default waits until it is no longer being answered."""
        before = self.chat.locator(".turn").count()
        self.box.fill(question)
        self.box.press("Enter")
        turn = self.chat.locator(".turn").nth(before)
        turn.wait_for()
        if wait:
            turn.locator(".busy").wait_for(state="detached")
        return turn

    def active(self) -> Any:
        """The focused element, through every shadow root."""
        handle = self.page.evaluate_handle(ACTIVE).as_element()
        assert handle
        return handle

    def shot(self, name: str) -> None:
        self.page.screenshot(path=self._shots / f"{name}.png")

    def violations(self) -> list[tuple[str, str, list[Any]]]:
        """What axe-core finds wrong in the page as it stands."""
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(self._axe())
        self.page.evaluate("scrollTo(0, document.body.scrollHeight)")  # nothing lies half below the form
        report = self.page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        assert report["passes"]
        return [(v["id"], v["impact"], [n["target"] for n in v["nodes"]][:3]) for v in report["violations"]]
