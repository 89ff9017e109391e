"""The archive's database: SQLite or PostgreSQL behind one seam, its tables, and its rows as values."""
