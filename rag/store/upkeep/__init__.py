"""What the keyword index and Chroma share: their directories, the lock of their owner, catching up with the archive."""
