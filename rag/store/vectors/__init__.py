"""Nearest passages by their vectors: exactly in memory, by Chroma, or read from the archive."""
