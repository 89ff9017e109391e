"""Live sources, visited repeatedly: what is due, what is new, what happened to it."""
