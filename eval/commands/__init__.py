"""The commands under `telal eval`."""
