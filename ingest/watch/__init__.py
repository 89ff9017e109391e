"""Live sources visited again and again: what is due, what is new, what became of it."""
