"""The requests and replies of the API, checked and described."""
