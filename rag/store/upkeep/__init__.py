"""What keyword index and vector store share: their directories, the owner's lock, catching up with the archive."""
