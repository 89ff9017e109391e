"""The archive, the only truth: articles with their revisions, passages and vectors, read, written, erased, checked."""
