"""The short form of the kills: server, ingestion and Chroma killed at any moment, a few times."""

import subprocess
import sys


def test_nothing_is_lost_or_wrong_and_nobody_is_taken_down():
    command = [sys.executable, "-m", "research.kills", "random", "--kills", "5", "--passages", "300"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_start_is_timed_after_a_clean_end_and_after_a_kill():
    command = [sys.executable, "-m", "research.kills", "restart", "--passages", "300", "--rounds", "1"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=280)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "a clean end" in run.stdout and "a kill" in run.stdout
