"""Runs held against each other and against pinned floors."""
