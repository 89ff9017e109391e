"""What editors decide and readers ask, in tables of the archive's database that every node shares."""
