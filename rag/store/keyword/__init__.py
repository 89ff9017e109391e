"""The keyword index: BM25 over folded words, built from the archive and kept up with it."""
