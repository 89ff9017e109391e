"""Long measurements beside the product: speed, load, the files that a question passes through. Not in the wheel."""
