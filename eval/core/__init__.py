"""What every evaluation shares: cases and documents, records of runs, their environment, tables in the terminal."""
