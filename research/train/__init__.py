"""Trains Telal's own models. Nothing imports it; it imports what it needs."""
