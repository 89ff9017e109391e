"""How fast Telal is and what it bears: indexes, runtimes, the server under load. Nothing imports it."""
