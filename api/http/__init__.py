"""Around every request: errors as problems, middleware, pages, the description of the API."""
