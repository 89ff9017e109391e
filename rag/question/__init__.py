"""What a question says, understood once: its names, numbers and days, and what kind of answer it wants."""
