"""Every route attacked with what schemathesis makes of the OpenAPI description: `python tests/api/attack.py`.

No reply may be a 5xx that the description does not have, nor a status, content type or body that it does not describe.
As a command it starts an engine over the starter corpus in a directory of its own and prints one JSON line a mode.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
MODES = {"as described": GenerationMode.POSITIVE, "broken": GenerationMode.NEGATIVE}


@dataclass
class Seen:
    """What came of an attack."""

    failures: list[str] = field(default_factory=list)
    routes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)


def attack(app: Any, headers: dict[str, str], mode: GenerationMode, *, examples: int) -> Seen:
    """Sends so many examples of each route to the app and checks every reply."""
    seen = Seen()
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    for operation in (result.ok() for result in schema.get_all_operations()):

        @seed(7)
        @settings(
            max_examples=examples,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def send(case: Any) -> None:
            seen.routes[case.operation.label] += 1
            reply = case.call(headers=headers, timeout=60)  # an erasure waits for the indexes, then reads every file
            seen.statuses[reply.status_code] += 1
            case.validate_response(reply, checks=CHECKS)

        try:
            send()
        except Unsatisfiable:
            continue  # nothing can be wrong with a request that has no parts
        except Exception as error:
            causes = "; ".join(repr(cause) for cause in getattr(error, "exceptions", ()))
            seen.failures.append(f"{operation.label}: {error} {causes}".strip())
    return seen


def key_for_all(database: Any) -> Any:
    """A key that opens every route."""
    from api.auth.keys import KeyStore

    return KeyStore(database).create("attack", kind="secret", scopes=("ask", "search", "ingest", "admin"))


def main(examples: int) -> int:
    from api.app import build_app
    from ingest.pipeline import Pipeline, identity
    from ingest.sources.files import FOLDER, MAX_BYTES, Files
    from rag.config import EmbeddingSettings, ServerSettings, Settings
    from rag.models.embed import load_embedder
    from rag.newsroom import Newsroom
    from rag.store.archive.archive import Archive

    failed = 0
    with tempfile.TemporaryDirectory(prefix="telal-attack-") as folder:
        chosen = Settings(
            data_dir=Path(folder),
            embedding=EmbeddingSettings(threads=1),
            server=ServerSettings(ask_limit="", read_limit=""),
        )
        embedder = load_embedder(chosen.embedding)
        with Archive.open(chosen, identity=identity(chosen, embedder)) as archive:
            Pipeline(archive, embedder, chosen).run(Files([FOLDER / "en.jsonl"], max_bytes=MAX_BYTES))
            headers = {"Authorization": f"Bearer {key_for_all(archive.database).token}"}
        with Newsroom.open(chosen, own=True) as engine:
            for name, mode in MODES.items():
                seen = attack(build_app(engine, chosen), headers, mode, examples=examples)
                failed += len(seen.failures)
                out = {
                    "requests": name,
                    "sent": seen.routes.total(),
                    "routes": len(seen.routes),
                    "statuses": {str(status): n for status, n in sorted(seen.statuses.items())},
                    "failures": seen.failures,
                }
                sys.stdout.write(json.dumps(out) + "\n")
    return bool(failed)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="of each route, as described and broken")
    sys.exit(main(parser.parse_args().examples))
