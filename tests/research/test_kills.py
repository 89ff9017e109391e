"""The short form of the kills: server, ingestion and Chroma killed at any moment, a few times."""

import subprocess
import sys


def test_nothing_is_lost_or_wrong_and_nobody_is_taken_down():
    command = [sys.executable, "-m", "research.kills", "--kills", "5", "--passages", "300"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert run.returncode == 0, run.stdout + run.stderr
