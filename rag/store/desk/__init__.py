"""What editors decide and what readers asked, in tables of the archive's database that every node shares."""
