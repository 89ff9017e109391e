"""From a source to articles in the archive."""
