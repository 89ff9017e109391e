"""HTTP around the routes: errors as problems, middleware, pages, the OpenAPI description."""
