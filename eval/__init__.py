"""Benchmarks, metrics, runs and their comparison."""
