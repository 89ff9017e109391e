"""The editors' desk at /desk: its sessions, what it counts, and the routes that its page calls."""
