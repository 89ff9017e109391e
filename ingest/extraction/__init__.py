"""What a web page says: its article, and what it says about it."""
