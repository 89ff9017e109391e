"""What the server keeps besides the archive: conversations and feedback, and how they are erased."""
