"""What the server keeps of readers: conversations, reports, shared answers; and how it is erased."""
