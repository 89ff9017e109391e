"""Where articles come from, one kind of source per file."""
