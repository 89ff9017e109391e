"""The JavaScript client as who installs it has it: packed by npm, typed, asked against a real server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from api.app import build_app

CLIENT = Path(__file__).parents[3] / "api/web/client"


def run(folder: Path, *words: str) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(words)}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def source(npm) -> Path:
    """The package's folder with what builds it installed."""
    return npm(CLIENT)


@pytest.fixture(scope="session")
def installed(source, tmp_path_factory) -> Path:
    """An empty project in which the packed client is installed."""
    folder = tmp_path_factory.mktemp("project")
    run(source, "npm", "pack", "--silent", "--pack-destination", str(folder))
    (archive,) = folder.glob("*.tgz")
    (folder / "package.json").write_text('{"type": "module", "private": true}')
    run(folder, "npm", "install", "--silent", "--offline", "--no-package-lock", f"./{archive.name}")
    return folder


def test_the_package_passes_its_own_tests(source):
    run(source, "npm", "test")


def test_the_types_are_those_of_the_api(source, engine, settings, tmp_path):
    (tmp_path / "openapi.json").write_text(json.dumps(build_app(engine, settings).openapi()))
    run(source, "npm", "run", "-s", "types", "--", str(tmp_path / "openapi.json"), str(tmp_path / "schema.d.ts"))
    made, kept = (tmp_path / "schema.d.ts").read_text(), (CLIENT / "schema.d.ts").read_text()
    assert made == kept, "curl -O SERVER/openapi.json && npm run types -- openapi.json, in api/web/client"


def test_it_asks_streams_and_tells_of_problems(installed, real):
    (installed / "ask.js").write_text(
        """
        import { ProblemError, Telal } from 'telal-client';
        const telal = new Telal(process.argv[2]);
        const answer = await telal.ask('Who signed the Tirana agreement?', { filters: { languages: ['en'] } });
        const [cited] = answer.citations;
        const article = await telal.article(cited.article_id);
        const events = [];
        for await (const { event, data } of telal.stream('Who signed the Tirana agreement?')) events.push(event);
        for await (const { event } of telal.stream('Who signed it?')) if (event === 'passages') break;
        const page = await telal.articles({ limit: 2, language: ['en', 'sr'] });
        const next = await telal.articles({ limit: 2, language: ['en', 'sr'], cursor: page.next });
        const problem = await telal.push([{ title: 'T', text: 'Text.' }]).catch((error) => error);
        const stopped = await telal.ask('Who?', { signal: AbortSignal.abort() }).catch((error) => error.name);
        console.log(JSON.stringify({
          text: answer.text, same: [...article.text].slice(cited.start, cited.end).join('') === cited.quote, events,
          pages: new Set([...page.articles, ...next.articles].map((one) => one.id)).size,
          problem: problem instanceof ProblemError && problem.kind, stopped, ready: (await telal.ready()).status,
          stats: (await telal.stats()).articles > 20, found: (await telal.search('Tirana', { limit: 1 })).hits.length,
          outlets: (await telal.sources()).outlets.length > 0,
          asked: (await telal.suggestions('en')).suggestions.length,
        }));
        """
    )
    said = json.loads(run(installed, "node", "ask.js", str(real().base_url)))
    assert "Pirro Vengu" in said.pop("text") and said.pop("asked") > 0
    events = said.pop("events")
    assert events[0] == "passages" and events[-1] == "answer" and {"citation", "delta"} < set(events)
    assert said == {
        "same": True, "pages": 4, "problem": "no-key", "stopped": "AbortError", "ready": "ready", "stats": True,
        "found": 1, "outlets": True,
    }  # fmt: skip


def test_a_program_in_typescript_is_checked(source, installed):
    good = """
        import { Telal, type Answer } from 'telal-client';
        export async function first(telal: Telal): Promise<string | null> {
          const answer: Answer = await telal.ask('Who?', { history: [{ question: 'a', answer: 'b' }] });
          for await (const { event, data } of telal.stream('Who?')) if (event === 'delta') console.log(data.verdict);
          return answer.citations[0]?.url ?? answer.refusal?.message ?? null;
        }
    """
    options = ["--noEmit", "--strict", "--noUncheckedIndexedAccess", "--target", "es2022", "--module", "esnext"]
    compiler = [str(source / "node_modules/.bin/tsc"), *options, "--moduleResolution", "bundler", "--lib", "es2022,dom"]
    (installed / "good.ts").write_text(good)
    run(installed, *compiler, "good.ts")
    (installed / "bad.ts").write_text(good.replace("data.verdict", "data.verdikt").replace("[0]?.url", "[0].url"))
    done = subprocess.run([*compiler, "bad.ts"], cwd=installed, capture_output=True, text=True)
    assert "verdikt" in done.stdout and "possibly 'undefined'" in done.stdout
