"""OpenTelemetry by its standard variables alone: spans and figures come out, questions do not."""

from __future__ import annotations

import gzip
import http.server
import importlib.util
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

SCRIPT = """
import importlib.util, sys
from pathlib import Path
from starlette.testclient import TestClient
from api.app import build_app
from rag.config import Settings
from rag.store.archive.archive import Archive

spec = importlib.util.spec_from_file_location("parts", sys.argv[1])
parts = importlib.util.module_from_spec(spec)
sys.modules["parts"] = parts
spec.loader.exec_module(parts)
settings = Settings(data_dir=Path(sys.argv[2]))
engine = parts.FakeEngine(database=Archive.open(settings).database)
with TestClient(build_app(engine, settings)) as client:
    assert client.post("/v1/ask", json={"question": "zanimljivost"}).status_code == 200
    for page in ("/", "/ask"):
        assert client.get(page, params={"q": "zanimljivost"}).status_code == 200
"""


@pytest.fixture
def collector():
    """The address of a collector, and what it was sent."""
    received: list[tuple[str, bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            zipped = self.headers.get("content-encoding") == "gzip"
            received.append((self.path, gzip.decompress(body) if zipped else body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()


@pytest.mark.skipif(
    not importlib.util.find_spec("opentelemetry.exporter.otlp.proto.http"), reason="pip install 'telal[otel]'"
)
def test_spans_come_out_and_questions_do_not(collector, tmp_path):
    address, received = collector
    environment = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_SERVICE_NAME": "telal"}
    words = [sys.executable, "-c", SCRIPT, str(Path(__file__).parent / "conftest.py"), str(tmp_path)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert {"/v1/traces", "/v1/metrics"} <= {path for path, _ in received}
    assert any(b"/v1/ask" in body for _, body in received)
    assert not any(b"zanimljivost" in body for _, body in received)
