"""The embedding model: where its files come from and how it is run."""
