"""Telal's own sentences in every language, and what an article must not make it say."""
