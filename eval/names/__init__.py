"""Name matching by itself: pairs of names that are and are not of one bearer, and names in questions."""
