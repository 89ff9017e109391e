"""Trains and measures the reader of `rag.reader`: data, network, export, figures."""
