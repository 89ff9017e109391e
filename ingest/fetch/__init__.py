"""Polite, guarded HTTP: what is fetched, from where, how often, and what is not."""
