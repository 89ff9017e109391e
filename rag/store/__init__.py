"""The archive, which is the truth, and the indexes that follow it."""
