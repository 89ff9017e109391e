"""What the server keeps beside the archive: conversations and feedback, and how they are erased."""
