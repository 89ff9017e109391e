"""A running server under load: many readers at once, everything at once for half an hour, its own cost."""
