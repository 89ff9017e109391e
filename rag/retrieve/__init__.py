"""Finds and ranks the passages for a question."""
