"""One HTML file that shows runs to people: tables, heat maps, curves, cases; it opens without a network."""
