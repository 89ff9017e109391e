"""Who may do what, and how often: keys, origins, scopes, limits."""
