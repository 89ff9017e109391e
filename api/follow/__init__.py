"""Questions that are followed: what their answers say, when that changes, and who is told."""
