"""Whether a sentence is borne by the passages that it cites: numbers, names, roles, every clause."""
