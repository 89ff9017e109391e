"""Trains the embedding model with sentence-transformers: data, training, measuring, and the weights to ship."""
