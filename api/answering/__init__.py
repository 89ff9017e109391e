"""Runs questions through the engine: admission, worker threads, shared answers, and stops when nobody waits."""
