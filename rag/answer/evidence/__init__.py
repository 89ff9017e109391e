"""Decides whether the archive answers a question, and where: passages are read whole, scored and ranked."""
