"""The archive, the only truth: reads, writes, erases and checks articles, revisions, passages and vectors."""
