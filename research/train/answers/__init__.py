"""Fits the small models behind an answer: which sentence, which passage, how surely, which words."""
