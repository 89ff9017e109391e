"""Evaluations of single abilities: copies, guard, injection, extraction, conflicts, a judge."""
