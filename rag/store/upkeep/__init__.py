"""What the keyword index and Chroma share: where they stand, who may write them, how they catch up with the archive."""
