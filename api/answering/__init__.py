"""Questions on their way through the engine: admitted, run in threads, shared, stopped when pointless."""
