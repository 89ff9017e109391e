"""How fast the widget is in Chromium, at its own speed and slowed down: `python tests/pages/measure.py --runs 7`.

A site of another origin carries the tag. Measured: from the navigation to a button that can be pressed, what the widget
moves of the page, and a 2,000-word answer of 200 sentences: shown when, and the longest task meanwhile, once with all
sentences sent at once and once with one each 20 ms. Then first paint and shift of Telal's own page. Prints
one JSON line a speed: medians, and the worst; one a width.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import statistics
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2]))

from telal_double import Double  # noqa: E402

from api.http.pages import STATIC  # noqa: E402

WATCH = """
  window.seen = {shift: 0, tasks: []};
  const ofPage = ({node}) => node?.getRootNode() === document && !node.closest?.('telal-chat');
  const shifts = (l) => l.getEntries().forEach((e) => e.sources.some(ofPage) && (seen.shift += e.value));
  new PerformanceObserver(shifts).observe({type: 'layout-shift', buffered: true});
  new PerformanceObserver((l) => seen.tasks.push(...l.getEntries().map((e) => e.duration))).observe({type: 'longtask'});
  const button = () => document.querySelector('telal-chat')?.shadowRoot?.querySelector('.launcher');
  const look = () => {
    if (!button()) return requestAnimationFrame(look);
    const script = performance.getEntriesByType('resource').find((r) => r.name.endsWith('/widget.js'));
    seen.ready = performance.now();
    seen.tag = seen.ready - script.startTime;
  };
  requestAnimationFrame(look);
"""
SITE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>A site</title><script>{watch}</script><body>'
SITE += '<h1>News</h1><p>{words}</p><script type="module" src="{url}/widget.js" data-telal></script></body></html>'
OF_PAGE = """
  window.own = {shift: 0};
  const add = (l) => l.getEntries().forEach((e) => e.hadRecentInput || (own.shift += e.value));
  new PerformanceObserver(add).observe({type: 'layout-shift', buffered: true});
"""
SHOWN = "document.querySelector('telal-chat').shadowRoot.querySelectorAll('.turn:last-of-type .number').length >= 200"


def visit(browser: Browser, double: Double, slower: int) -> dict[str, Any]:
    """One visit: what was seen, in ms."""
    page = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800}).new_page()
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.goto(f"{double.elsewhere}/site")
    page.wait_for_function("window.seen.ready")
    seen = page.evaluate("({ready: seen.ready, tag: seen.tag, loading: Math.max(0, ...seen.tasks)})")
    page.locator("telal-chat .launcher").click()
    page.locator("telal-chat .suggestions button").first.wait_for()
    for scene in ("at_once", "paced"):
        page.wait_for_timeout(300)
        page.evaluate("seen.tasks = []")
        page.locator("telal-chat #question").fill("!long" if scene == "at_once" else "!paced")
        page.evaluate("""() => {
          seen.from = performance.now();
          document.querySelector('telal-chat').shadowRoot.querySelector('form').requestSubmit();
        }""")
        page.wait_for_function(f"({SHOWN}) && (seen.to = performance.now())", polling="raf")
        page.wait_for_timeout(300)
        seen |= page.evaluate(f"({{{scene}: seen.to - seen.from, {scene}_task: Math.max(0, ...seen.tasks)}})")
        page.locator("telal-chat .fresh").click()
    seen["shift"] = page.evaluate("seen.shift")
    page.context.close()
    return dict(seen)


def own_page(browser: Browser, double: Double, width: int) -> dict[str, Any]:
    """A visit to Telal's own page: its first paint in ms, and what shifts until its stories and an answer are shown."""
    page = browser.new_context(locale="en-GB", viewport={"width": width, "height": 800}).new_page()
    page.add_init_script(OF_PAGE)
    page.goto(double.url)
    page.locator("#places a").first.wait_for()
    page.wait_for_timeout(500)
    page.locator("#places a").first.click()
    page.locator("telal-chat .turn .actions").wait_for()
    page.wait_for_timeout(1000)
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    shift = page.evaluate("own.shift")
    page.context.close()
    return {"page": width, "first_paint": round(paint), "shift": round(shift, 4)}


def main(runs: int) -> None:
    double = Double()
    html = SITE.format(watch=WATCH, words="Words of the site. " * 300, url=double.url)
    double.pages["/site"] = (html, {})
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for slower in (1, 4):
            seen = [visit(browser, double, slower) for _ in range(runs)]
            out = {"slowed_down": slower, "runs": runs}
            for name in seen[0]:
                values = [s[name] for s in seen]
                out |= {name: round(statistics.median(values), 1), f"{name}_worst": round(max(values), 1)}
            sys.stdout.write(json.dumps(out) + "\n")
        for width in (360, 1280):
            sys.stdout.write(json.dumps(own_page(browser, double, width)) + "\n")
        browser.close()
    double.close()
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in STATIC.glob("*.js")}
    sys.stdout.write(json.dumps({"gzipped_bytes": sizes}) + "\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    main(parser.parse_args().runs)
