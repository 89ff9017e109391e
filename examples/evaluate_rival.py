"""Measures another system beside Telal on questions of your own, without a notebook.

    telal eval new my-benchmark                     # three cases to begin with; yours go in cases.jsonl
    python examples/evaluate_rival.py my-benchmark

The rival here quotes the sentence that shares most words with the question. Yours is whatever speaks OpenAI's chat
completions: leave `serve` out and give its address to `--target openai:http://...`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

WORD = re.compile(r"\w{3,}")


class Rival:
    """Quotes one sentence of one document, and cites the document's address."""

    def __init__(self, documents: list[dict[str, Any]]) -> None:
        self._sentences = [
            (sentence, document)
            for document in documents
            for sentence in re.split(r"(?<=[.!?])\s+", f"{document.get('title') or ''}. {document['text']}")
        ]

    def complete(self, question: str) -> dict[str, Any]:
        """A chat completion; it never refuses, which its figures will show."""
        words = set(WORD.findall(question.lower()))
        text, document = max(self._sentences, key=lambda pair: len(words & set(WORD.findall(pair[0].lower()))))
        source = document.get("url") or document["id"]  # an article without an address is named by its id
        title = document.get("title") or ""
        note = {"title": title, "url": source, "start_index": len(text), "end_index": len(text)}
        message = {
            "role": "assistant",
            "content": text,
            "annotations": [{"type": "url_citation", "url_citation": note}],
        }
        return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


@contextmanager
def serve(rival: Rival) -> Iterator[str]:
    """The address of the rival while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            reply = json.dumps(rival.complete(body["messages"][-1]["content"])).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


def evaluate(*words: str) -> None:
    """A `telal eval` command; ends the program with its code when it fails."""
    done = subprocess.run([sys.executable, "-m", "telal", "eval", *words])
    if done.returncode:
        sys.exit(done.returncode)


def main(folder: Path) -> None:
    """Runs both systems on the benchmark in this folder, and compares them."""
    docs, cases, runs = folder / "docs.jsonl", folder / "cases.jsonl", folder / "runs"
    documents = [json.loads(line) for line in docs.read_text(encoding="utf-8").splitlines()]
    suite = [str(cases), "--docs", str(docs), "--overwrite"]
    with serve(Rival(documents)) as address:
        evaluate("run", *suite, "--target", f"openai:{address}", "--model", "rival", "--out", str(runs / "rival"))
    evaluate("run", *suite, "--out", str(runs / "telal"))
    evaluate("compare", str(runs / "rival"), str(runs / "telal"))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
