"""Finds where independent sources contradict each other on one matter."""
