"""Parses a question: its names, numbers and days, and the kind of answer that it asks for."""
