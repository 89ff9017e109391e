"""Trains what decides whether the few words that the reader proposes are right."""
