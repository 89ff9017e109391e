"""Nearest passages by their vectors: exactly, or in a vector store for large archives."""
