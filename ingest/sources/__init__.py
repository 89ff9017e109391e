"""Where articles come from, one kind of source a file."""
