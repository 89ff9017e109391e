"""Access to the server: keys, origins, scopes, limits."""
