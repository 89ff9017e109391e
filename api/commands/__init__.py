"""The commands of the server: serve, mcp, keys, feedback, articles, backup."""
