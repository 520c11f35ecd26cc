"""Record → row: keeps what was read in SQLite or PostgreSQL. Importing this package alone loads no database library."""
